// What the library that does nothing was asked for, by name.
#pragma once
#include <stdint.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

// adds one call; name may be null
void count(const char *kind, const char *name, uint64_t bytes);
// an address of its own whose pages exist once they are written
void *reserve(uint64_t bytes);
void giveBack(void *memory, uint64_t bytes);
// a GPU's memory that is taken, or given back where it is negative
void countLive(int64_t bytes);
// a handle that no other object has
void *newHandle(void);
// GPUs that CUDA_VISIBLE_DEVICES leaves of IPCGAN_FAKE_GPUS (1 when absent)
int visibleDevices(void);
// CUdevice_attribute and cudaDeviceAttr share their numbers
int deviceAttribute(int attribute);

enum { DRIVER_VERSION = 13000, RUNTIME_VERSION = 12050, CUDNN_VERSION = 90300, MAJOR = 9, MINOR = 0, PROCESSORS = 132 };
static const uint64_t DEVICE_MEMORY = 80ull << 30;
static const char DEVICE_NAME[] = "GPU that does nothing";

typedef int Result;
typedef uint64_t Address;
