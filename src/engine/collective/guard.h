// Who may speak to a server of this process.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

// An IPv4 address as a number in the host's byte order; false where it is none.
bool parseAddress(const std::string &text, uint32_t &address);

// Has the kernel drop what comes to this port from other senders than these, before TCP sees it. Returns how many listening sockets of
// this process were found on the port and closed to strangers.
int guardPort(int port, const std::vector<uint32_t> &senders);
