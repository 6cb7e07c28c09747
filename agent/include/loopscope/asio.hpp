// loopscope/asio.hpp: Asio's operations as tasks, for Boost.Asio and for Asio on its own. Nobody includes it: Asio does,
// where BOOST_ASIO_CUSTOM_HANDLER_TRACKING and ASIO_CUSTOM_HANDLER_TRACKING name it, as the CMake target loopscope::asio
// has it for every file. All files of a program that include Asio have to be compiled so; one that has some others ends
// when it starts, with a message (asio/mixture.hpp).
//
// Every handler is a task: created by the call that starts the operation, begun and finished as the handler runs. Its
// outcome is the error code's (eof is none), `cancelled` for operation_aborted, `abandoned` if it was destroyed with its
// context, an error if an exception left it. Ticks of the loop come from elsewhere (agent/adapters/loops). C++11 and later.
//
// May be included twice in a file, once by each of the two.
#include <loopscope/asio/loop_kind.hpp>
#include <loopscope/asio/mixture.hpp>
#include <loopscope/asio/tracking.hpp>

#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING) && defined(BOOST_ASIO_DETAIL_HANDLER_TRACKING_HPP) && \
    !defined(LOOPSCOPE_ASIO_BOOST)
#define LOOPSCOPE_ASIO_BOOST
#include <boost/asio/detail/call_stack.hpp>
#include <boost/asio/execution_context.hpp>

#define BOOST_ASIO_INHERIT_TRACKED_HANDLER : public ::loopscope::asio_tracking::TrackedHandler
#define BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER , public ::loopscope::asio_tracking::TrackedHandler
#define BOOST_ASIO_HANDLER_TRACKING_INIT (void)0
#define BOOST_ASIO_HANDLER_LOCATION(args) ::loopscope::asio_tracking::Location loopscope_location args
#define BOOST_ASIO_HANDLER_CREATION(args) ::loopscope::asio_tracking::creation args
#define BOOST_ASIO_HANDLER_COMPLETION(args) ::loopscope::asio_tracking::Completion loopscope_completion args
#define BOOST_ASIO_HANDLER_INVOCATION_BEGIN(args) loopscope_completion.begin args
#define BOOST_ASIO_HANDLER_INVOCATION_END loopscope_completion.end()
#define BOOST_ASIO_HANDLER_OPERATION(args) ::loopscope::asio_tracking::object_operation args
#define BOOST_ASIO_HANDLER_REACTOR_REGISTRATION(args) ::loopscope::asio_tracking::reactor_registration args
#define BOOST_ASIO_HANDLER_REACTOR_DEREGISTRATION(args) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_READ_EVENT ::loopscope::asio_tracking::kReads
#define BOOST_ASIO_HANDLER_REACTOR_WRITE_EVENT ::loopscope::asio_tracking::kWrites
#define BOOST_ASIO_HANDLER_REACTOR_ERROR_EVENT ::loopscope::asio_tracking::kEither
#define BOOST_ASIO_HANDLER_REACTOR_EVENTS(args) ::loopscope::asio_tracking::reactor_events args
#define BOOST_ASIO_HANDLER_REACTOR_OPERATION(args) ::loopscope::asio_tracking::reactor_operation args

// See asio/mixture.hpp.
namespace boost {
namespace asio {
namespace detail {
class scheduler;
class thread_context;
class thread_info_base;
template <>
class execution_context_service_base<scheduler>
    : public ::loopscope::asio_tracking::TrackedService<execution_context, service_id<scheduler>> {
 public:
  explicit execution_context_service_base(execution_context& context)
      : ::loopscope::asio_tracking::TrackedService<execution_context, service_id<scheduler>>(context) {}
};
}  // namespace detail
}  // namespace asio
}  // namespace boost
LOOPSCOPE_ASIO_TELL_LOOPS(boost_asio, ::boost::asio)
LOOPSCOPE_ASIO_REFUSE_MIXTURE(boost_asio, "Boost.Asio",
                              "_ZN5boost4asio6detail30execution_context_service_baseINS1_9schedulerEE2idE")

#if !defined(BOOST_ASIO_HEADER_ONLY)
// Asio compiled in a file of its own: a file that is tracked where that one is not, or the other way round, has another
// name for what it calls, and does not link.
#define scheduler_operation scheduler_operation_with_loopscope_asio
#endif
#endif

#if defined(ASIO_CUSTOM_HANDLER_TRACKING) && defined(ASIO_DETAIL_HANDLER_TRACKING_HPP) && \
    !defined(LOOPSCOPE_ASIO_STANDALONE)
#define LOOPSCOPE_ASIO_STANDALONE
#include <asio/detail/call_stack.hpp>
#include <asio/execution_context.hpp>

#define ASIO_INHERIT_TRACKED_HANDLER : public ::loopscope::asio_tracking::TrackedHandler
#define ASIO_ALSO_INHERIT_TRACKED_HANDLER , public ::loopscope::asio_tracking::TrackedHandler
#define ASIO_HANDLER_TRACKING_INIT (void)0
#define ASIO_HANDLER_LOCATION(args) ::loopscope::asio_tracking::Location loopscope_location args
#define ASIO_HANDLER_CREATION(args) ::loopscope::asio_tracking::creation args
#define ASIO_HANDLER_COMPLETION(args) ::loopscope::asio_tracking::Completion loopscope_completion args
#define ASIO_HANDLER_INVOCATION_BEGIN(args) loopscope_completion.begin args
#define ASIO_HANDLER_INVOCATION_END loopscope_completion.end()
#define ASIO_HANDLER_OPERATION(args) ::loopscope::asio_tracking::object_operation args
#define ASIO_HANDLER_REACTOR_REGISTRATION(args) ::loopscope::asio_tracking::reactor_registration args
#define ASIO_HANDLER_REACTOR_DEREGISTRATION(args) (void)0
#define ASIO_HANDLER_REACTOR_READ_EVENT ::loopscope::asio_tracking::kReads
#define ASIO_HANDLER_REACTOR_WRITE_EVENT ::loopscope::asio_tracking::kWrites
#define ASIO_HANDLER_REACTOR_ERROR_EVENT ::loopscope::asio_tracking::kEither
#define ASIO_HANDLER_REACTOR_EVENTS(args) ::loopscope::asio_tracking::reactor_events args
#define ASIO_HANDLER_REACTOR_OPERATION(args) ::loopscope::asio_tracking::reactor_operation args

// See asio/mixture.hpp.
namespace asio {
namespace detail {
class scheduler;
class thread_context;
class thread_info_base;
template <>
class execution_context_service_base<scheduler>
    : public ::loopscope::asio_tracking::TrackedService<execution_context, service_id<scheduler>> {
 public:
  explicit execution_context_service_base(execution_context& context)
      : ::loopscope::asio_tracking::TrackedService<execution_context, service_id<scheduler>>(context) {}
};
}  // namespace detail
}  // namespace asio
LOOPSCOPE_ASIO_TELL_LOOPS(asio, ::asio)
LOOPSCOPE_ASIO_REFUSE_MIXTURE(asio, "Asio",
                              "_ZN4asio6detail30execution_context_service_baseINS0_9schedulerEE2idE")

#if !defined(ASIO_HEADER_ONLY)
// Asio compiled in a file of its own: a file that is tracked where that one is not, or the other way round, has another
// name for what it calls, and does not link.
#define scheduler_operation scheduler_operation_with_loopscope_asio
#endif
#endif
