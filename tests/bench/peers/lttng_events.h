// The tracepoints of the LTTng peer; their macros include this file several times.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER loopscope_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "tests/bench/peers/lttng_events.h"

#if !defined(LOOPSCOPE_BENCH_LTTNG_EVENTS) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LOOPSCOPE_BENCH_LTTNG_EVENTS
#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(loopscope_bench, created,
                           LTTNG_UST_TP_ARGS(uint64_t, task, uint64_t, parent, uint32_t, site),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, task, task)
                                                   lttng_ust_field_integer(uint64_t, parent, parent)
                                                       lttng_ust_field_integer(uint32_t, site, site)))
LTTNG_UST_TRACEPOINT_EVENT(loopscope_bench, begin, LTTNG_UST_TP_ARGS(uint64_t, task),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, task, task)))
LTTNG_UST_TRACEPOINT_EVENT(loopscope_bench, end, LTTNG_UST_TP_ARGS(uint64_t, task),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, task, task)))
LTTNG_UST_TRACEPOINT_EVENT(loopscope_bench, finished, LTTNG_UST_TP_ARGS(uint64_t, task),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, task, task)))
LTTNG_UST_TRACEPOINT_EVENT(loopscope_bench, polled, LTTNG_UST_TP_ARGS(uint32_t, events),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint32_t, events, events)))

#endif

#include <lttng/tracepoint-event.h>
