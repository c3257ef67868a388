// What the module gives to JavaScript.
#pragma once
#include <node_api.h>

// Adds moveSignalHandlers(): the handlers that are installed now run on a stack of their own in the calling thread.
void exportSignalStack(napi_env env, napi_value exports);
