// NVIDIA's management library, without which TensorFlow finds no GPU.
#include <string.h>
#define EXPORT __attribute__((visibility("default")))

#define ANSWERS(name, value)          \
  EXPORT int name(void *device, unsigned *it) { \
    *it = value;                      \
    return 0;                         \
  }
EXPORT int nvmlInit(void) { return 0; }
EXPORT int nvmlInit_v2(void) { return 0; }
EXPORT int nvmlShutdown(void) { return 0; }
EXPORT int nvmlDeviceGetCount_v2(unsigned *number) {
  *number = 1;
  return 0;
}
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  *device = (void *)1;
  return 0;
}
EXPORT int nvmlDeviceGetHandleByPciBusId(const char *id, void **device) { return nvmlDeviceGetHandleByIndex_v2(0, device); }
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) { return nvmlDeviceGetHandleByIndex_v2(0, device); }
EXPORT int nvmlSystemGetDriverVersion(char *text, unsigned room) {
  strncpy(text, "580.0", room);
  return 0;
}
EXPORT const char *nvmlErrorString(int error) { return "an error of the GPU that does nothing"; }
ANSWERS(nvmlDeviceGetCurrPcieLinkGeneration, 5)
ANSWERS(nvmlDeviceGetMaxPcieLinkGeneration, 5)
ANSWERS(nvmlDeviceGetCurrPcieLinkWidth, 16)
ANSWERS(nvmlDeviceGetMaxPcieLinkWidth, 16)
ANSWERS(nvmlDeviceGetNumFans, 0)
// not supported
EXPORT int nvmlDeviceGetGpuFabricInfoV(void *device, void *info) { return 3; }
