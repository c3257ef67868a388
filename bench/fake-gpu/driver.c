// CUDA's driver: memory that keeps what is written to it, streams that are always done, kernels that do not run.
#include "counts.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *const CONTEXT = (void *)0x1000;
static void *const POOL = (void *)0x2000;

// a context for each GPU
static __thread void *current = NULL;
static void *contextOf(int device) { return (char *)CONTEXT + device; }
static void *nowCurrent(void) { return current ? current : CONTEXT; }
static int currentDevice(void) { return (int)((char *)nowCurrent() - (char *)CONTEXT); }

// which GPU has which memory, or that it is the host's and the driver knows it
enum { MOST_REGIONS = 1 << 14, PINNED = -2, UNKNOWN = -1 };
static struct Region {
  Address begin, end;
  int device;
} regions[MOST_REGIONS];
static int numberOfRegions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// the region that an address lies in, or NULL; under the lock
static struct Region *find(Address address) {
  for (int i = 0; i < numberOfRegions; i++)
    if (regions[i].begin <= address && address < regions[i].end) return &regions[i];
  return NULL;
}
static int deviceOf(Address address) {
  pthread_mutex_lock(&lock);
  const struct Region *found = find(address);
  const int device = found ? found->device : UNKNOWN;
  pthread_mutex_unlock(&lock);
  return device;
}

static Result allocateOn(int device, void **address, size_t bytes) {
  *address = reserve(bytes);
  pthread_mutex_lock(&lock);
  int i = 0;
  while (i < numberOfRegions && regions[i].begin != regions[i].end) i++;
  const int isKept = *address && i < MOST_REGIONS;
  if (isKept) {
    regions[i] = (struct Region){(Address)*address, (Address)*address + bytes, device};
    if (i == numberOfRegions) numberOfRegions++;
  }
  pthread_mutex_unlock(&lock);
  return isKept ? 0 : 2;
}
static Result allocate(void **address, size_t bytes) {
  count("allocate", "", bytes);
  countLive(bytes);
  return allocateOn(currentDevice(), address, bytes);
}
static Result release(Address address) {
  pthread_mutex_lock(&lock);
  struct Region *found = find(address);
  const struct Region region = found ? *found : (struct Region){0, 0, UNKNOWN};
  if (found) found->begin = found->end = 0;
  pthread_mutex_unlock(&lock);
  if (!found) return 1;
  countLive((int64_t)region.begin - (int64_t)region.end);
  giveBack((void *)region.begin, region.end - region.begin);
  return 0;
}
EXPORT Result cuMemAlloc_v2(Address *address, size_t bytes) { return allocate((void **)address, bytes); }
EXPORT Result cuMemAllocManaged(Address *address, size_t bytes, unsigned flags) { return allocate((void **)address, bytes); }
EXPORT Result cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { return allocateOn(PINNED, address, bytes); }
EXPORT Result cuMemAllocHost_v2(void **address, size_t bytes) { return allocateOn(PINNED, address, bytes); }
EXPORT Result cuMemFree_v2(Address address) { return release(address); }
EXPORT Result cuMemGetInfo_v2(size_t *available, size_t *total) {
  *available = DEVICE_MEMORY - (1ull << 30);
  *total = DEVICE_MEMORY;
  return 0;
}
EXPORT Result cuMemGetAddressRange_v2(Address *base, size_t *size, Address address) {
  if (base) *base = address;
  if (size) *size = 1 << 20;
  return 0;
}

// by their sizes
void countUpload(size_t bytes) {
  char size[32];
  snprintf(size, sizeof size, "%zu", bytes);
  count("upload", size, bytes);
}
static Result upload(Address to, const void *from, size_t bytes) {
  countUpload(bytes);
  memcpy((void *)to, from, bytes);
  return 0;
}
static Result download(void *to, Address from, size_t bytes) {
  count("read-back", "", bytes);
  memcpy(to, (const void *)from, bytes);
  return 0;
}
EXPORT Result cuMemcpyHtoD_v2(Address to, const void *from, size_t bytes) { return upload(to, from, bytes); }
EXPORT Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, void *stream) { return upload(to, from, bytes); }
EXPORT Result cuMemcpyDtoH_v2(void *to, Address from, size_t bytes) { return download(to, from, bytes); }
EXPORT Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, void *stream) { return download(to, from, bytes); }
static Result copy(Address to, Address from, size_t bytes) {
  enum { INVALID_VALUE = 1 };
  // a driver knows none of the host's memory but what it pinned
  if (deviceOf(to) == UNKNOWN || deviceOf(from) == UNKNOWN) {
    count("refused", "copy of what is no GPU's memory", bytes);
    return INVALID_VALUE;
  }
  count(deviceOf(to) == deviceOf(from) ? "copy" : "between GPUs", "", bytes);
  return 0;
}
EXPORT Result cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) { return copy(to, from, bytes); }
EXPORT Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void *stream) { return copy(to, from, bytes); }
EXPORT Result cuMemcpyAsync(Address to, Address from, size_t bytes, void *stream) { return copy(to, from, bytes); }
EXPORT Result cuMemcpyPeerAsync(Address to, void *a, Address from, void *b, size_t bytes, void *stream) {
  count("between GPUs", "", bytes);
  return 0;
}
static Result fill(size_t bytes) {
  count("fill", "", bytes);
  return 0;
}
EXPORT Result cuMemsetD8Async(Address to, unsigned char value, size_t number, void *stream) { return fill(number); }
EXPORT Result cuMemsetD32Async(Address to, unsigned value, size_t number, void *stream) { return fill(4 * number); }

EXPORT Result cuInit(unsigned flags) { return visibleDevices() > 0 ? 0 : 100; }
EXPORT Result cuDriverGetVersion(int *version) {
  *version = DRIVER_VERSION;
  return 0;
}
EXPORT Result cuDeviceGetCount(int *number) {
  *number = visibleDevices();
  return 0;
}
EXPORT Result cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return 0;
}
EXPORT Result cuDeviceGetName(char *name, int room, int device) {
  snprintf(name, room, "%s", DEVICE_NAME);
  return 0;
}
EXPORT Result cuDeviceGetUuid(char *id, int device) {
  memset(id, 1 + device, 16);
  return 0;
}
EXPORT Result cuDeviceGetUuid_v2(char *id, int device) { return cuDeviceGetUuid(id, device); }
EXPORT Result cuDeviceGetPCIBusId(char *id, int room, int device) {
  snprintf(id, room, "0000:%02x:00.0", device + 1);
  return 0;
}
EXPORT Result cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = DEVICE_MEMORY;
  return 0;
}
EXPORT Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = deviceAttribute(attribute);
  return 0;
}
EXPORT Result cuDeviceComputeCapability(int *major, int *minor, int device) {
  *major = MAJOR;
  *minor = MINOR;
  return 0;
}
EXPORT Result cuDeviceCanAccessPeer(int *can, int a, int b) {
  *can = 0;
  return 0;
}
EXPORT Result cuDeviceGetDefaultMemPool(void **pool, int device) {
  *pool = POOL;
  return 0;
}
EXPORT Result cuDeviceGetMemPool(void **pool, int device) {
  *pool = POOL;
  return 0;
}

EXPORT Result cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = contextOf(device);
  return 0;
}
EXPORT Result cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *isActive) {
  *flags = 0;
  *isActive = 0;
  return 0;
}
EXPORT Result cuCtxSetCurrent(void *context) {
  current = context;
  return 0;
}
EXPORT Result cuCtxGetCurrent(void **context) {
  *context = nowCurrent();
  return 0;
}
EXPORT Result cuCtxPopCurrent_v2(void **context) {
  if (context) *context = nowCurrent();
  return 0;
}
EXPORT Result cuCtxGetDevice(int *device) {
  *device = currentDevice();
  return 0;
}
EXPORT Result cuCtxGetApiVersion(void *context, unsigned *version) {
  *version = 3020;
  return 0;
}
EXPORT Result cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return 0;
}
EXPORT Result cuCtxSynchronize(void) {
  count("wait", "for a GPU", 0);
  return 0;
}
EXPORT Result cuGetErrorName(int error, const char **text) {
  *text = "an error of the GPU that does nothing";
  return 0;
}
EXPORT Result cuGetErrorString(int error, const char **text) { return cuGetErrorName(error, text); }
EXPORT Result cuPointerGetAttribute(void *value, int attribute, Address address) {
  enum { MEMORY_TYPE = 2, DEVICE_ORDINAL = 9, DEVICE_KIND = 2 };
  if (attribute == DEVICE_ORDINAL) *(int *)value = 0;
  else if (attribute == MEMORY_TYPE) *(unsigned *)value = DEVICE_KIND;
  else *(uint64_t *)value = 0;
  return 0;
}
EXPORT Result cuPointerGetAttributes(unsigned number, int *attributes, void **values, Address address) { return 1; }

static Result make(void **handle) {
  *handle = newHandle();
  return 0;
}
EXPORT Result cuStreamCreate(void **stream, unsigned flags) { return make(stream); }
EXPORT Result cuStreamCreateWithPriority(void **stream, unsigned flags, int priority) { return make(stream); }
EXPORT Result cuStreamGetPriority(void *stream, int *priority) {
  *priority = 0;
  return 0;
}
EXPORT Result cuStreamQuery(void *stream) { return 0; }
EXPORT Result cuStreamSynchronize(void *stream) {
  count("wait", "for a stream", 0);
  return 0;
}
EXPORT Result cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  count("order", "stream after event", 0);
  return 0;
}
EXPORT Result cuStreamIsCapturing(void *stream, int *status) {
  *status = 0;
  return 0;
}
EXPORT Result cuStreamGetCtx(void *stream, void **context) {
  *context = nowCurrent();
  return 0;
}
EXPORT Result cuLaunchHostFunc(void *stream, void (*call)(void *), void *argument) {
  call(argument);
  return 0;
}
EXPORT Result cuStreamAddCallback(void *stream, void (*call)(void *, int, void *), void *argument, unsigned flags) {
  call(stream, 0, argument);
  return 0;
}
EXPORT Result cuEventCreate(void **event, unsigned flags) { return make(event); }
EXPORT Result cuEventRecord(void *event, void *stream) { return 0; }
EXPORT Result cuEventQuery(void *event) { return 0; }
EXPORT Result cuEventSynchronize(void *event) {
  count("wait", "for an event", 0);
  return 0;
}
EXPORT Result cuEventElapsedTime(float *milliseconds, void *from, void *to) {
  *milliseconds = 0.01f;
  return 0;
}

struct Kernel {
  char name[512];
};
EXPORT Result cuModuleLoadData(void **module, const void *image) { return make(module); }
EXPORT Result cuModuleLoadDataEx(void **module, const void *image, unsigned number, void *options, void **values) { return make(module); }
EXPORT Result cuModuleLoadFatBinary(void **module, const void *image) { return make(module); }
EXPORT Result cuModuleGetFunction(void **function, void *module, const char *name) {
  struct Kernel *kernel = malloc(sizeof *kernel);
  snprintf(kernel->name, sizeof kernel->name, "%s", name);
  *function = kernel;
  return 0;
}
EXPORT Result cuModuleGetGlobal_v2(Address *address, size_t *bytes, void *module, const char *name) {
  if (bytes) *bytes = 1 << 16;
  return allocateOn(currentDevice(), (void **)address, 1 << 16);
}
EXPORT Result cuFuncGetAttribute(int *value, int attribute, void *function) {
  enum { MOST_THREADS = 0, REGISTERS = 4 };
  *value = attribute == MOST_THREADS ? 1024 : attribute == REGISTERS ? 32 : 0;
  return 0;
}
EXPORT Result cuFuncGetModule(void **module, void *function) {
  *module = (void *)16;
  return 0;
}
EXPORT Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream,
                             void **arguments, void **extra) {
  count("launch", ((struct Kernel *)function)->name, 0);
  return 0;
}
EXPORT Result cuLaunchKernelEx(void *configuration, void *function, void **arguments, void **extra) {
  count("launch", ((struct Kernel *)function)->name, 0);
  return 0;
}
EXPORT Result cuOccupancyMaxActiveBlocksPerMultiprocessor(int *number, void *function, int threads, size_t shared) {
  *number = 2;
  return 0;
}
EXPORT Result cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *number, void *function, int threads, size_t shared, unsigned flags) {
  *number = 2;
  return 0;
}
