// Counts, addresses and handles that the other files share.
#define _GNU_SOURCE
#include "counts.h"
#include "counter.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct Count counts[4096];
static int used, isCounting;
static int64_t live, peak;

void count(const char *kind, const char *name, uint64_t bytes) {
  if (!isCounting) return;
  char key[sizeof counts[0].key];
  snprintf(key, sizeof key, "%s %s", kind, name ? name : "");
  pthread_mutex_lock(&lock);
  int i = 0;
  while (i < used && strcmp(counts[i].key, key) != 0) i++;
  if (i < (int)(sizeof counts / sizeof counts[0])) {
    if (i == used) {
      strcpy(counts[i].key, key);
      counts[i].calls = counts[i].bytes = 0;
      used++;
    }
    counts[i].calls++;
    counts[i].bytes += bytes;
  }
  pthread_mutex_unlock(&lock);
}

void countLive(int64_t bytes) {
  pthread_mutex_lock(&lock);
  live += bytes;
  if (live > peak) peak = live;
  pthread_mutex_unlock(&lock);
}

void startCounting(void) {
  pthread_mutex_lock(&lock);
  used = 0;
  peak = live;
  isCounting = 1;
  pthread_mutex_unlock(&lock);
}

int stopCounting(const struct Count **result) {
  count("memory", "at most", peak);
  count("memory", "at the end", live);
  pthread_mutex_lock(&lock);
  isCounting = 0;
  pthread_mutex_unlock(&lock);
  *result = counts;
  return used;
}

void *reserve(uint64_t bytes) {
  void *memory = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void giveBack(void *memory, uint64_t bytes) { munmap(memory, bytes + 4096); }

void *newHandle(void) {
  static uint64_t last = 1 << 20;
  return (void *)__atomic_add_fetch(&last, 16, __ATOMIC_RELAXED);
}

int visibleDevices(void) {
  const char *all = getenv("IPCGAN_FAKE_GPUS"), *visible = getenv("CUDA_VISIBLE_DEVICES");
  const int number = all ? atoi(all) : 1;
  if (!visible) return number;
  // as the driver reads it: up to the first number that names no GPU
  int found = 0;
  for (const char *at = visible; *at;) {
    char *end;
    const long device = strtol(at, &end, 10);
    if (end == at || device < 0 || device >= number) break;
    found++;
    at = *end == ',' ? end + 1 : end;
    if (*end != ',' && *end != '\0') break;
  }
  return found;
}

int deviceAttribute(int attribute) {
  // CUdevice_attribute: limits of compute capability 9.0
  static const int values[][2] = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536}, {10, 32},
                                  {12, 65536}, {13, 1980000}, {14, 512}, {16, PROCESSORS}, {31, 1}, {33, 1}, {36, 2619000}, {37, 5120}, {38, 50 << 20},
                                  {39, 2048}, {40, 3}, {41, 1}, {75, MAJOR}, {76, MINOR}, {78, 1}, {79, 1}, {80, 1}, {81, 233472}, {82, 65536},
                                  {97, 232448}, {106, 32}, {111, 1024}};
  for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
    if (values[i][0] == attribute) return values[i][1];
  return 0;
}
