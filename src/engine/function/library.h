// What the parts of this module share: functions of the TensorFlow that the addon has loaded.
#pragma once
#include <dlfcn.h>
#include <string>

// A function by its name in the library, or null. It lies in one of these, by their builds.
template <typename Function>
Function *fromTensorFlow(const char *name) {
  for (const char *file : {"libtensorflow_cc.so.2", "libtensorflow.so.2", "libtensorflow_framework.so.2"}) {
    void *library = dlopen(file, RTLD_NOLOAD | RTLD_NOW);
    void *found = library ? dlsym(library, name) : nullptr;
    if (found) return reinterpret_cast<Function *>(found);
  }
  return nullptr;
}

// Starts to note what TensorFlow does: what is wrong, or nothing.
std::string startProfile();
// Ends it: a serialized XSpace, empty where none was begun.
std::string stopProfile();
