// Collective ops for TensorFlow's eager context, by which several processes compute one training step. This library is loaded before
// tfjs-node's addon, for all to see, so that the addon finds the TFE_NewContext below in the place of TensorFlow's: the context gets a server
// that speaks with the other workers before anybody asks it for its devices.
#include "../function/library.h"
#include "guard.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <node_api.h>
#include <thread>
#include <vector>

extern "C" {
struct TFE_Context;
struct TFE_ContextOptions;
}

namespace {

constexpr int UNAVAILABLE = 14;  // TF_Code

// What is to be done when the context is made: asked for once, by the process's only thread that loads TensorFlow.
struct Request {
  std::string serverDef;
  std::string next;  // the library whose TFE_NewContext is called, or nothing: TensorFlow's own
  int port = 0;
  std::vector<uint32_t> senders;
};
Request request;
TFE_Context *context = nullptr;
std::string problem = "no context was made";  // nothing once collective ops are on

using NewContext = TFE_Context *(const TFE_ContextOptions *, TF_Status *);

NewContext *nextNewContext() {
  if (!request.next.empty()) {
    void *library = dlopen(request.next.c_str(), RTLD_NOLOAD | RTLD_NOW);
    void *found = library ? dlsym(library, "TFE_NewContext") : nullptr;
    if (found) return reinterpret_cast<NewContext *>(found);
  }
  return fromTensorFlow<NewContext>("TFE_NewContext");
}

void abortAll(const std::string &message) {
  Status status;
  status.set(UNAVAILABLE, message);
  fromTensorFlow<void(TFE_Context *, TF_Status *)>("TFE_AbortCollectiveOps")(context, status.get());
}

// What is wrong with a peer, or nothing.
std::string check(const std::string &peer, int64_t milliseconds) {
  Status status;
  fromTensorFlow<void(TFE_Context *, const char *, int64_t, TF_Status *)>("TFE_CollectiveOpsCheckPeerHealth")(context, peer.c_str(),
                                                                                                             milliseconds, status.get());
  return status.message();
}

int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Asks every peer again and again, beside the thread that computes, and ends all collective ops when one does not answer: an op that waits
// for a machine that is gone without a word waits for ever. A peer may answer and yet never come to an op: `longest` is for it.
struct Watch {
  std::vector<std::string> peers;
  int64_t interval = 0, patience = 0, tries = 0, longest = 0;
};
// of the process, never taken down: the thread may be within TensorFlow when the process ends
std::mutex &watchMutex = *new std::mutex;
std::condition_variable &watchEnd = *new std::condition_variable;
bool isWatching = false;
std::atomic<int64_t> busySince{0};

bool stillWatches() {
  std::lock_guard<std::mutex> lock(watchMutex);
  return isWatching;
}

void watchPeers(const Watch &watch) {
  for (;;) {
    const int64_t since = busySince;
    if (since > 0 && now() - since > watch.longest)
      return abortAll("a worker answers, but did not come to an exchange for " + std::to_string(watch.longest / 1000) + " s");
    for (const std::string &peer : watch.peers) {
      std::string answer;
      for (int64_t i = 0; i < watch.tries && stillWatches(); i++)
        if ((answer = check(peer, watch.patience)).empty()) break;
      if (!answer.empty() && stillWatches()) return abortAll(peer + " does not answer: " + answer);
    }
    std::unique_lock<std::mutex> lock(watchMutex);
    if (watchEnd.wait_for(lock, std::chrono::milliseconds(watch.interval), [] { return !isWatching; })) return;
  }
}

napi_value toJs(napi_env env, const std::string &text) {
  napi_value result;
  napi_create_string_utf8(env, text.c_str(), text.size(), &result);
  return result;
}

std::string textOf(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::vector<char> text(length + 1);
  napi_get_value_string_utf8(env, value, text.data(), text.size(), &length);
  return std::string(text.data(), length);
}

std::vector<std::string> textsOf(napi_env env, napi_value list) {
  uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < count; i++) {
    napi_value one;
    napi_get_element(env, list, i, &one);
    texts.push_back(textOf(env, one));
  }
  return texts;
}

template <size_t count>
void takeArguments(napi_env env, napi_callback_info info, napi_value (&values)[count]) {
  size_t given = count;
  napi_get_cb_info(env, info, &given, values, nullptr, nullptr);
}

// enable(serialized ServerDef, the library that stands before TensorFlow already or '', port, admitted IPv4 addresses): before TensorFlow loads
napi_value enable(napi_env env, napi_callback_info info) {
  napi_value values[4];
  takeArguments(env, info, values);
  void *data = nullptr;
  size_t length = 0;
  napi_get_buffer_info(env, values[0], &data, &length);
  request.serverDef.assign(static_cast<char *>(data), length);
  request.next = textOf(env, values[1]);
  napi_get_value_int32(env, values[2], &request.port);
  request.senders.clear();
  for (const std::string &address : textsOf(env, values[3])) {
    uint32_t parsed = 0;
    if (!parseAddress(address, parsed)) return toJs(env, "expected an IPv4 address, got " + address);
    request.senders.push_back(parsed);
  }
  return toJs(env, "");
}

// state(): why collective ops are not on, or ''
napi_value state(napi_env env, napi_callback_info) { return toJs(env, problem); }

// check(a peer as TensorFlow names tasks, milliseconds): what is wrong with it, or ''
napi_value checkPeer(napi_env env, napi_callback_info info) {
  napi_value values[2];
  takeArguments(env, info, values);
  int64_t milliseconds = 0;
  napi_get_value_int64(env, values[1], &milliseconds);
  return toJs(env, context ? check(textOf(env, values[0]), milliseconds) : problem);
}

// busy(whether an exchange is waited for)
napi_value busy(napi_env env, napi_callback_info info) {
  napi_value values[1];
  takeArguments(env, info, values);
  bool isBusy = false;
  napi_get_value_bool(env, values[0], &isBusy);
  busySince = isBusy ? now() : 0;
  return nullptr;
}

// watch(peers as TensorFlow names tasks, interval, patience, tries, longest), in milliseconds
napi_value watch(napi_env env, napi_callback_info info) {
  napi_value values[5];
  takeArguments(env, info, values);
  Watch asked;
  asked.peers = textsOf(env, values[0]);
  int64_t *numbers[] = {&asked.interval, &asked.patience, &asked.tries, &asked.longest};
  for (size_t i = 0; i < 4; i++) napi_get_value_int64(env, values[i + 1], numbers[i]);
  {
    std::lock_guard<std::mutex> lock(watchMutex);
    isWatching = true;
  }
  std::thread(watchPeers, asked).detach();
  return nullptr;
}

// unwatch()
napi_value unwatch(napi_env, napi_callback_info) {
  std::lock_guard<std::mutex> lock(watchMutex);
  isWatching = false;
  watchEnd.notify_all();
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) TFE_Context *TFE_NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  TFE_Context *made = nextNewContext()(options, status);
  if (!made || context) return made;
  context = made;
  Status own;
  fromTensorFlow<void(TFE_Context *, const void *, size_t, TF_Status *)>("TFE_EnableCollectiveOps")(made, request.serverDef.data(),
                                                                                                  request.serverDef.size(), own.get());
  // the addon goes on with a context whatever the status says: the error is kept for whoever asks
  problem = own.message();
  if (problem.empty() && guardPort(request.port, request.senders) == 0) problem = "the server's socket could not be closed to strangers";
  return made;
}

NAPI_MODULE_INIT() { return exportAll(env, exports, {{"enable", enable}, {"state", state}, {"check", checkPeer}, {"busy", busy}, {"watch", watch}, {"unwatch", unwatch}}); }
