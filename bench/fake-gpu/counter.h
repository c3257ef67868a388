// Starting and stopping the counts.
#pragma once
#include <stdint.h>

struct Count {
  char key[600];
  uint64_t calls, bytes;
};

void startCounting(void);
// returns how many there are
int stopCounting(const struct Count **counts);
