// CUDA's runtime: kernels are known by the address of their host function, which the library that has them registers on loading.
#include "counts.h"
#include <string.h>

void countUpload(size_t bytes);

struct Registered {
  const void *host;
  const char *name;
};
enum { MOST_KERNELS = 1 << 16 };
static struct Registered kernels[MOST_KERNELS];
static int number;
EXPORT void **__cudaRegisterFatBinary(void *image) { return malloc(8); }
EXPORT void __cudaRegisterFatBinaryEnd(void **image) {}
EXPORT void __cudaUnregisterFatBinary(void **image) {}
EXPORT void __cudaRegisterFunction(void **image, const char *host, char *device, const char *name, int limit, void *a, void *b, void *c, void *d, int *e) {
  if (number < MOST_KERNELS) kernels[number++] = (struct Registered){host, name};
}
EXPORT void __cudaRegisterVar(void **image, char *host, char *device, const char *name, int isExternal, size_t size, int isConstant, int isGlobal) {}

static int byHost(const void *a, const void *b) {
  const char *one = ((const struct Registered *)a)->host, *other = ((const struct Registered *)b)->host;
  return (one > other) - (one < other);
}
static const char *nameOf(const void *host) {
  static int sorted;
  if (sorted != number) {
    qsort(kernels, number, sizeof kernels[0], byHost);
    sorted = number;
  }
  const struct Registered wanted = {host, NULL};
  const struct Registered *found = bsearch(&wanted, kernels, number, sizeof kernels[0], byHost);
  return found ? found->name : "unknown";
}

struct Size {
  unsigned x, y, z;
};
// what <<<...>>> hands from the caller to the launch
static __thread struct Call {
  struct Size grid, block;
  size_t shared;
  void *stream;
} calls[16];
static __thread int depth;
EXPORT unsigned __cudaPushCallConfiguration(struct Size grid, struct Size block, size_t shared, void *stream) {
  calls[depth++ & 15] = (struct Call){grid, block, shared, stream};
  return 0;
}
EXPORT Result __cudaPopCallConfiguration(struct Size *grid, struct Size *block, size_t *shared, void *stream) {
  const struct Call *call = &calls[--depth & 15];
  *grid = call->grid;
  *block = call->block;
  *shared = call->shared;
  *(void **)stream = call->stream;
  return 0;
}
EXPORT Result cudaLaunchKernel(const void *function, struct Size grid, struct Size block, void **arguments, size_t shared, void *stream) {
  count("launch", nameOf(function), 0);
  return 0;
}
EXPORT Result cudaLaunchKernelExC(void *configuration, const void *function, void **arguments) {
  count("launch", nameOf(function), 0);
  return 0;
}

static __thread int current;
EXPORT Result cudaSetDevice(int device) {
  current = device;
  return 0;
}
EXPORT Result cudaGetDevice(int *device) {
  *device = current;
  return 0;
}
EXPORT Result cudaGetDeviceCount(int *found) {
  *found = visibleDevices();
  return *found > 0 ? 0 : 100;
}
EXPORT Result cudaRuntimeGetVersion(int *version) {
  *version = RUNTIME_VERSION;
  return 0;
}
EXPORT Result cudaDriverGetVersion(int *version) {
  *version = DRIVER_VERSION;
  return 0;
}
EXPORT Result cudaDeviceGetAttribute(int *value, int attribute, int device) {
  *value = deviceAttribute(attribute);
  return 0;
}
static void put(char *structure, size_t offset, const void *value, size_t bytes) { memcpy(structure + offset, value, bytes); }
#define PUT(offset, type, value) put(structure, offset, &(type){value}, sizeof(type))
// offsets in cudaDeviceProp of CUDA 12
EXPORT Result cudaGetDeviceProperties_v2(void *properties, int device) {
  enum { BYTES = 1032 };
  char *structure = properties;
  memset(structure, 0, BYTES);
  put(structure, 0, DEVICE_NAME, sizeof DEVICE_NAME);
  PUT(288, uint64_t, DEVICE_MEMORY);
  PUT(296, uint64_t, 49152);   // shared memory a block
  PUT(304, int, 65536);        // registers a block
  PUT(308, int, 32);           // threads a warp
  PUT(320, int, 1024);         // threads a block
  PUT(324, int, 1024);         // along its first axis
  PUT(336, int, 2147483647);   // blocks along the first axis of a grid
  PUT(360, int, MAJOR);
  PUT(364, int, MINOR);
  PUT(388, int, PROCESSORS);
  PUT(624, int, 2048);         // threads a processor
  PUT(640, uint64_t, 233472);  // shared memory of one
  PUT(648, int, 65536);        // registers of one
  PUT(696, uint64_t, 232448);  // shared memory that a block may ask for
  PUT(712, int, 32);           // blocks a processor
  return 0;
}
// offsets in cudaFuncAttributes
EXPORT Result cudaFuncGetAttributes(void *attributes, const void *function) {
  enum { BYTES = 144 };
  char *structure = attributes;
  memset(structure, 0, BYTES);
  PUT(24, int, 1024);   // threads a block
  PUT(28, int, 32);     // registers
  PUT(32, int, 90);     // PTX version
  PUT(36, int, 90);     // code version
  PUT(44, int, 49152);  // shared memory
  return 0;
}
EXPORT Result cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *function, int threads, size_t shared, unsigned flags) {
  *blocks = 2;
  return 0;
}
EXPORT Result cudaMalloc(void **address, size_t bytes) {
  count("allocate", "", bytes);
  return (*address = reserve(bytes)) ? 0 : 2;
}
EXPORT Result cudaMemGetInfo(size_t *available, size_t *total) {
  *available = DEVICE_MEMORY - (1ull << 30);
  *total = DEVICE_MEMORY;
  return 0;
}
EXPORT Result cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
  enum { UPLOAD = 1, DOWNLOAD = 2 };
  if (kind == UPLOAD) countUpload(bytes);
  else count(kind == DOWNLOAD ? "read-back" : "copy", "", bytes);
  if (kind == UPLOAD || kind == DOWNLOAD) memcpy(to, from, bytes);
  return 0;
}
EXPORT Result cudaStreamSynchronize(void *stream) {
  count("wait", "for a stream", 0);
  return 0;
}
EXPORT Result cudaDeviceSynchronize(void) {
  count("wait", "for a GPU", 0);
  return 0;
}
EXPORT const char *cudaGetErrorString(int error) { return "an error of the GPU that does nothing"; }
EXPORT const char *cudaGetErrorName(int error) { return "fake"; }
EXPORT Result cudaEventElapsedTime(float *milliseconds, void *from, void *to) {
  *milliseconds = 0.01f;
  return 0;
}
EXPORT Result cudaEventCreate(void **event) {
  *event = newHandle();
  return 0;
}
EXPORT Result cudaEventCreateWithFlags(void **event, unsigned flags) { return cudaEventCreate(event); }
