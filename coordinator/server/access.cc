#include "coordinator/server/access.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace lockstep::server {

void Access::SetTokens(TokenTable table) {
  auto shared = std::make_shared<const TokenTable>(std::move(table));
  absl::MutexLock lock(&mutex_);
  table_ = std::move(shared);
}

std::shared_ptr<const TokenTable> Access::table() const {
  absl::MutexLock lock(&mutex_);
  return table_;
}

bool Access::demands_tokens() const { return table() != nullptr; }

absl::Status Access::Check(absl::string_view token, Action action, absl::string_view run_id) const {
  const std::shared_ptr<const TokenTable> tokens = table();
  return tokens == nullptr ? absl::OkStatus() : tokens->Check(token, action, run_id);
}

absl::StatusOr<std::function<bool(const std::string& run_id)>> Access::Visible(
    absl::string_view token) const {
  std::shared_ptr<const TokenTable> tokens = table();
  if (tokens == nullptr) return [](const std::string&) { return true; };
  absl::StatusOr<const Grant*> grant = tokens->Find(token);
  if (!grant.ok()) return grant.status();
  return [tokens = std::move(tokens), grant = *grant](const std::string& run_id) {
    return grant->Allows(Action::kWatch, run_id);
  };
}

std::string BearerToken(const grpc::CallbackServerContext& context) {
  return BearerToken(context.client_metadata());
}

std::string BearerToken(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  constexpr absl::string_view kScheme = "bearer ";
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return "";
  absl::string_view value(found->second.data(), found->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) return "";
  value.remove_prefix(kScheme.size());
  return std::string(absl::StripAsciiWhitespace(value));
}

}  // namespace lockstep::server
