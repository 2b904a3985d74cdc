#include "tests/support/guests.h"

#include <stdlib.h>
#include <unistd.h>

namespace lockstep::testing {

std::string FetchedGuest(const std::string& name) {
  const char* guests = getenv("LOCKSTEP_GUESTS");
  if (guests == nullptr || guests[0] == 0) return "";
  const std::string path = std::string(guests) + "/" + name;
  return access(path.c_str(), R_OK) == 0 ? path : "";
}

}  // namespace lockstep::testing
