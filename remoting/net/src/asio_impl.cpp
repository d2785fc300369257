// The one place where Asio's own code is compiled; every other source of this folder sees
// declarations only (BOOST_ASIO_SEPARATE_COMPILATION), which saves seconds in each.
#include <boost/asio/impl/src.hpp>
