// Functions of TensorFlow's eager context, by which many ops run as one call. tfjs-node's addon keeps the context to itself: this library
// is loaded before it, for all to see, so that the addon finds the TFE_NewContext below in the place of TensorFlow's, and the context is noted.
#include "library.h"
#include <cstddef>
#include <cstdlib>
#include <malloc.h>
#include <node_api.h>
#include <vector>

extern "C" {
struct TFE_Context;
struct TFE_ContextOptions;
struct TF_Buffer {
  const void *data;
  size_t length;
  void (*deallocator)(void *data, size_t length);
};
}

namespace {

// each thread of Node's has an addon, and a context, of its own
thread_local TFE_Context *context = nullptr;

napi_value toJs(napi_env env, const std::string &text) {
  napi_value result;
  napi_create_string_utf8(env, text.c_str(), text.size(), &result);
  return result;
}

napi_value argument(napi_env env, napi_callback_info info) {
  napi_value values[1];
  size_t count = 1;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  return values[0];
}

constexpr const char *NO_CONTEXT = "TensorFlow's context was made before this library was loaded";

// add(serialized FunctionDef): what is wrong, or ''
napi_value add(napi_env env, napi_callback_info info) {
  if (!context) return toJs(env, NO_CONTEXT);
  void *data = nullptr;
  size_t length = 0;
  if (napi_get_buffer_info(env, argument(env, info), &data, &length) != napi_ok) return toJs(env, "expected a Buffer");
  Status status;
  fromTensorFlow<void(TFE_Context *, const char *, size_t, TF_Status *)>("TFE_ContextAddFunctionDef")(context, static_cast<char *>(data), length,
                                                                                                    status.get());
  return toJs(env, status.message());
}

// remove(name): what is wrong, or ''
napi_value removeFunction(napi_env env, napi_callback_info info) {
  if (!context) return toJs(env, NO_CONTEXT);
  size_t length = 0;
  napi_value name = argument(env, info);
  if (napi_get_value_string_utf8(env, name, nullptr, 0, &length) != napi_ok) return toJs(env, "expected a name");
  std::vector<char> text(length + 1);
  napi_get_value_string_utf8(env, name, text.data(), text.size(), &length);
  Status status;
  fromTensorFlow<void(TFE_Context *, const char *, TF_Status *)>("TFE_ContextRemoveFunction")(context, text.data(), status.get());
  return toJs(env, status.message());
}

// ops(): a serialized OpList of every op that is registered by now
napi_value ops(napi_env env, napi_callback_info) {
  TF_Buffer *buffer = fromTensorFlow<TF_Buffer *()>("TF_GetAllOpList")();
  napi_value result;
  napi_create_buffer_copy(env, buffer->length, buffer->data, nullptr, &result);
  fromTensorFlow<void(TF_Buffer *)>("TF_DeleteBuffer")(buffer);
  return result;
}

// wait(): until the devices have done what they were asked for
napi_value wait(napi_env env, napi_callback_info) {
  if (!context) return toJs(env, NO_CONTEXT);
  Status status;
  fromTensorFlow<void(TFE_Context *, TF_Status *)>("TFE_ContextAsyncWait")(context, status.get());
  return toJs(env, status.message());
}

// startProfile(): what is wrong, or ''
napi_value start(napi_env env, napi_callback_info) { return toJs(env, startProfile()); }

// stopProfile(): a serialized XSpace
napi_value stop(napi_env env, napi_callback_info) {
  const std::string space = stopProfile();
  napi_value result;
  napi_create_buffer_copy(env, space.size(), space.data(), nullptr, &result);
  return result;
}

// memory(): the bytes of the pool of tensors that are taken, and those that ever were
napi_value memory(napi_env env, napi_callback_info) {
  const auto [taken, reach] = tensorMemory();
  napi_value result, value;
  napi_create_array_with_length(env, 2, &result);
  napi_create_int64(env, static_cast<int64_t>(taken), &value);
  napi_set_element(env, result, 0, value);
  napi_create_int64(env, static_cast<int64_t>(reach), &value);
  napi_set_element(env, result, 1, value);
  return result;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) TFE_Context *TFE_NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  context = fromTensorFlow<TFE_Context *(const TFE_ContextOptions *, TF_Status *)>("TFE_NewContext")(options, status);
  return context;
}

// Threads that decode pictures take and free blocks of all sizes. In arenas of their own, glibc's default of eight a core, each keeps its own
// holes, and memory grows for thousands of pictures; in two that all threads share the holes are filled again.
static void shareArenas() {
  if (!std::getenv("MALLOC_ARENA_MAX")) mallopt(M_ARENA_MAX, 2);
}

NAPI_MODULE_INIT() {
  shareArenas();
  poolTensors();
  return exportAll(env, exports, {{"add", add},
                                  {"remove", removeFunction},
                                  {"ops", ops},
                                  {"wait", wait},
                                  {"memory", memory},
                                  {"startProfile", start},
                                  {"stopProfile", stop}});
}
