// TensorFlow's server listens on every interface, and does what anybody says who connects. Its listening socket gets a filter of the
// kernel's (SO_ATTACH_FILTER; classic BPF, of the packet from its network header on).
#include "guard.h"
#include <arpa/inet.h>
#include <cstdlib>
#include <dirent.h>
#include <linux/filter.h>
#include <sys/socket.h>

namespace {

constexpr uint32_t HEADER = static_cast<uint32_t>(SKF_NET_OFF);
constexpr uint32_t SOURCE = static_cast<uint32_t>(SKF_NET_OFF + 12);
constexpr uint32_t DROP = 0, WHOLE = 0xffffffff;

std::vector<sock_filter> filterOf(const std::vector<uint32_t> &senders) {
  // the version in the header's first four bits: IPv6 is dropped
  std::vector<sock_filter> code = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, HEADER), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0), BPF_STMT(BPF_RET | BPF_K, DROP),
                                   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SOURCE)};
  for (uint32_t sender : senders) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sender, 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, WHOLE));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, DROP));
  return code;
}

// The port that a socket listens on, or 0.
int listeningPort(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) return 0;
  sockaddr_storage address{};
  size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6 &>(address).sin6_port);
  return address.ss_family == AF_INET ? ntohs(reinterpret_cast<sockaddr_in &>(address).sin_port) : 0;
}

}  // namespace

bool parseAddress(const std::string &text, uint32_t &address) {
  in_addr parsed{};
  if (inet_pton(AF_INET, text.c_str(), &parsed) != 1) return false;
  address = ntohl(parsed.s_addr);
  return true;
}

int guardPort(int port, const std::vector<uint32_t> &senders) {
  std::vector<sock_filter> code = filterOf(senders);
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  int guarded = 0;
  DIR *open = opendir("/proc/self/fd");
  if (!open) return 0;
  while (dirent *entry = readdir(open)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && listeningPort(fd) == port && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) guarded++;
  }
  closedir(open);
  return guarded;
}
