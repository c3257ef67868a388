// Signal handlers on a stack of their own. oneDNN's generated code keeps values below the stack pointer, where the kernel puts the frame
// of a handler that runs on the same stack: Ctrl-C, a resized terminal or a profiler in the middle of a product would change them.
#include "signal-stack.h"
#include <csignal>
#include <cstdlib>

// A frame with AVX-512 and AMX registers takes 11 kB; a profiler's handler walks the stack on top of that.
constexpr size_t STACK_BYTES = 256 << 10;

// The calling thread's; it has it for good
static bool giveStack() {
  stack_t now{};
  if (sigaltstack(nullptr, &now) != 0) return false;
  if (!(now.ss_flags & SS_DISABLE)) return true;
  stack_t own{};
  own.ss_sp = std::malloc(STACK_BYTES);
  own.ss_size = STACK_BYTES;
  return own.ss_sp && sigaltstack(&own, nullptr) == 0;
}

static napi_value moveSignalHandlers(napi_env, napi_callback_info) {
  if (!giveStack()) return nullptr;
  for (int signal = 1; signal < NSIG; signal++) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0 || (action.sa_flags & SA_ONSTACK)) continue;
    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    action.sa_flags |= SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
  return nullptr;
}

void exportSignalStack(napi_env env, napi_value exports) {
  napi_value move;
  if (napi_create_function(env, "moveSignalHandlers", NAPI_AUTO_LENGTH, moveSignalHandlers, nullptr, &move) == napi_ok)
    napi_set_named_property(env, exports, "moveSignalHandlers", move);
}
