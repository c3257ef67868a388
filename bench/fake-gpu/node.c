// The counts for JavaScript: start(), and stop(), which gives [what, calls, bytes] of each thing that was asked for.
#include "counter.h"
#include <node_api.h>

static napi_value start(napi_env env, napi_callback_info info) {
  startCounting();
  return NULL;
}

static napi_value stop(napi_env env, napi_callback_info info) {
  const struct Count *counts;
  const int number = stopCounting(&counts);
  napi_value rows;
  napi_create_array_with_length(env, number, &rows);
  for (int i = 0; i < number; i++) {
    napi_value row, key, calls, bytes;
    napi_create_array_with_length(env, 3, &row);
    napi_create_string_utf8(env, counts[i].key, NAPI_AUTO_LENGTH, &key);
    napi_create_double(env, (double)counts[i].calls, &calls);
    napi_create_double(env, (double)counts[i].bytes, &bytes);
    napi_set_element(env, row, 0, key);
    napi_set_element(env, row, 1, calls);
    napi_set_element(env, row, 2, bytes);
    napi_set_element(env, rows, i, row);
  }
  return rows;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "start", NAPI_AUTO_LENGTH, start, NULL, &function);
  napi_set_named_property(env, exports, "start", function);
  napi_create_function(env, "stop", NAPI_AUTO_LENGTH, stop, NULL, &function);
  napi_set_named_property(env, exports, "stop", function);
  return exports;
}
