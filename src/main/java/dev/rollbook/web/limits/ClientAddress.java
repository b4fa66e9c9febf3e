package dev.rollbook.web.limits;

import jakarta.servlet.ServletRequest;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/// Key that identifies a client: its IPv4 address, or the /64 network of its IPv6 address, because
/// one host usually has a whole /64.
///
/// Forwarded headers are used only if `server.forward-headers-strategy` is set.
public final class ClientAddress {
  private static final int NETWORK_BYTES = 8;

  private ClientAddress() {}

  public static String of(ServletRequest request) {
    return of(request.getRemoteAddr());
  }

  public static String of(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      return InetAddress.ofLiteral(address) instanceof Inet6Address six
          ? HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), NETWORK_BYTES))
          : address;
    } catch (IllegalArgumentException e) {
      // A forwarded header may contain anything; it is still usable as a key.
      return address;
    }
  }
}
