// The Asio that a test is compiled against: every test is compiled for each of those that are there.
#pragma once

#include <utility>  // of which Boost.Asio 1.74 uses more than it includes

#ifdef TEST_WITH_BOOST
#include <boost/asio.hpp>
namespace io = boost::asio;
using ErrorCode = boost::system::error_code;
#else
#include <asio.hpp>
namespace io = asio;
using ErrorCode = asio::error_code;
#endif
