package dev.rollbook.api.limit;

import jakarta.servlet.ServletRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/// Key by which the requests of one client are counted: its IPv4 address, or the /64 network of its
/// IPv6 address, as one host has all of that.
///
/// Forwarded headers count only where `server.forward-headers-strategy` says so.
final class ClientAddress {
  private static final int NETWORK_BYTES = 8;

  private ClientAddress() {}

  static String of(ServletRequest request) {
    return of(request.getRemoteAddr());
  }

  static String of(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      return InetAddress.ofLiteral(address) instanceof Inet6Address six
          ? HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), NETWORK_BYTES))
          : address;
    } catch (IllegalArgumentException noLiteral) {
      // A forwarded header may say anything; as a key it will do.
      return address;
    }
  }
}
