// TensorFlow's own profiler, which tells how long every op inside a function took. The C API has no way to it: its C++ functions are called by
// the names that the pinned version of the library has for them; where one is missing, there is no profile.
#include "library.h"

namespace {

// Room for an object whose layout only TensorFlow knows; its messages and results are far smaller.
struct Object {
  alignas(64) char bytes[2048] = {};
};

constexpr const char *NEW_OPTIONS = "_ZN10tensorflow14ProfileOptionsC1EPN6google8protobuf5ArenaE";
constexpr const char *DELETE_OPTIONS = "_ZN10tensorflow14ProfileOptionsD1Ev";
constexpr const char *PARSE = "_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi";
constexpr const char *CREATE = "_ZN3tsl15ProfilerSession6CreateERKN10tensorflow14ProfileOptionsE";
constexpr const char *NEW_SPACE = "_ZN10tensorflow8profiler6XSpaceC1EPN6google8protobuf5ArenaE";
constexpr const char *DELETE_SPACE = "_ZN10tensorflow8profiler6XSpaceD1Ev";
constexpr const char *COLLECT = "_ZN3tsl15ProfilerSession11CollectDataEPN10tensorflow8profiler6XSpaceE";
constexpr const char *SERIALIZE = "_ZNK6google8protobuf11MessageLite17SerializeAsStringB5cxx11Ev";
constexpr const char *DELETE_SESSION = "_ZN3tsl15ProfilerSessionD1Ev";

// ProfileOptions: version 1, host events of level 2 (every op), device events
constexpr unsigned char OPTIONS[] = {5 << 3, 1, 2 << 3, 2, 3 << 3, 1};

void *session = nullptr;

}  // namespace

std::string startProfile() {
  for (const char *name : {NEW_OPTIONS, DELETE_OPTIONS, PARSE, CREATE, NEW_SPACE, DELETE_SPACE, COLLECT, SERIALIZE, DELETE_SESSION})
    if (!fromTensorFlow<void()>(name)) return std::string("this TensorFlow has no ") + name;
  if (session) return "a profile is being taken already";
  Object options;
  fromTensorFlow<void(void *, void *)>(NEW_OPTIONS)(options.bytes, nullptr);
  fromTensorFlow<bool(void *, const void *, int)>(PARSE)(options.bytes, OPTIONS, sizeof OPTIONS);
  // a unique_ptr is returned in memory that the caller gives
  fromTensorFlow<void(void **, const void *)>(CREATE)(&session, options.bytes);
  fromTensorFlow<void(void *)>(DELETE_OPTIONS)(options.bytes);
  return session ? "" : "TensorFlow's profiler did not start";
}

std::string stopProfile() {
  if (!session) return "";
  Object space;
  fromTensorFlow<void(void *, void *)>(NEW_SPACE)(space.bytes, nullptr);
  void *status = nullptr;  // absl::Status, in memory that the caller gives; an error leaves the profile empty
  fromTensorFlow<void(void **, void *, void *)>(COLLECT)(&status, session, space.bytes);
  const std::string serialized = fromTensorFlow<std::string(const void *)>(SERIALIZE)(space.bytes);
  fromTensorFlow<void(void *)>(DELETE_SPACE)(space.bytes);
  fromTensorFlow<void(void *)>(DELETE_SESSION)(session);
  ::operator delete(session);
  session = nullptr;
  return serialized;
}
