// What our modules for Node share: functions of the TensorFlow that the addon has loaded, and how JavaScript sees ours.
#pragma once
#include <dlfcn.h>
#include <initializer_list>
#include <node_api.h>
#include <string>
#include <utility>

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

extern "C" {
struct TF_Status;
}

// What a call of TensorFlow's says of itself.
class Status {
 public:
  Status() : status_(fromTensorFlow<TF_Status *()>("TF_NewStatus")()) {}
  ~Status() { fromTensorFlow<void(TF_Status *)>("TF_DeleteStatus")(status_); }
  Status(const Status &) = delete;
  Status &operator=(const Status &) = delete;
  TF_Status *get() const { return status_; }
  void set(int code, const std::string &message) {
    fromTensorFlow<void(TF_Status *, int, const char *)>("TF_SetStatus")(status_, code, message.c_str());
  }
  // what is wrong, or nothing
  std::string message() const {
    const int code = fromTensorFlow<int(const TF_Status *)>("TF_GetCode")(status_);
    if (code == 0) return "";
    const std::string text = fromTensorFlow<const char *(const TF_Status *)>("TF_Message")(status_);
    return text.empty() ? "code " + std::to_string(code) : text;
  }

 private:
  TF_Status *status_;
};

// A function that JavaScript sees, by its name.
struct Exported {
  const char *name;
  napi_callback call;
};

// All that a module has for JavaScript.
inline napi_value exportAll(napi_env env, napi_value exports, std::initializer_list<Exported> functions) {
  for (const auto &[name, call] : functions) {
    napi_value value;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &value) == napi_ok) napi_set_named_property(env, exports, name, value);
  }
  return exports;
}

// Starts to note what TensorFlow does: what is wrong, or nothing.
std::string startProfile();
// Ends it: a serialized XSpace, empty where none was begun.
std::string stopProfile();

// Has TensorFlow keep tensors in a pool of ours, where there is room for one; before it is loaded.
void poolTensors();
// Bytes of that pool that are taken, and how many ever were, holes between them included.
std::pair<size_t, size_t> tensorMemory();
