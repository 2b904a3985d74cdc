// How a coordinator is reached, as the user says it. A plain value.
#ifndef COORDINATOR_INGEST_CHANNEL_OPTIONS_H_
#define COORDINATOR_INGEST_CHANNEL_OPTIONS_H_

#include <string>

#include "coordinator/net/certificate.h"

namespace lockstep::ingest {

struct ChannelOptions {
  std::string address;  // "HOST:PORT" or "unix:PATH"
  // TLS is used when `tls` is set or any of the files is named. Without `files.ca` the system's
  // authorities count. A unix socket has no TLS.
  bool tls = false;
  net::TlsFiles files;
  std::string token_file;  // its first line is the token; empty: none
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_CHANNEL_OPTIONS_H_
