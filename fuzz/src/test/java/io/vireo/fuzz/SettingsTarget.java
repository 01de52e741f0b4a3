// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.TcpStack;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.time.ManualClock;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses with prefix, and a gateway, as a user may write them: lines of text, the first of which is the gateway unless it is empty. What is
 * not right is refused by an IllegalArgumentException, and what is right is not.
 */
final class SettingsTarget implements Target {
  private static final String OCTET = "(0|[1-9][0-9]{0,2})";
  private static final Pattern ADDRESS =
      Pattern.compile(OCTET + "\\." + OCTET + "\\." + OCTET + "\\." + OCTET);
  private static final Pattern PREFIX =
      Pattern.compile(ADDRESS.pattern() + "/([0-9]|[12][0-9]|3[0-2])");

  private final FuzzNic nic = new FuzzNic(FrameWriter.STACK_MAC);

  @Override
  public void run(byte[] input) {
    String[] lines = new String(input, StandardCharsets.ISO_8859_1).split("\n", -1);
    String gateway = lines[0].isEmpty() ? null : lines[0];
    String[] addresses = new String[lines.length - 1];
    System.arraycopy(lines, 1, addresses, 0, addresses.length);
    nic.reset((frame, length) -> {});
    boolean accepted = true;
    try {
      StackSettings settings = StackSettings.of(addresses)
          .withGateway(gateway)
          .withTimeWaitConnections(0)
          .withBufferMemoryBytes(64 << 10)
          .withLimits(Limits.defaults().withHalfOpenConnections(1).withNeighbours(16))
          .withClock(new ManualClock(0))
          .withSeed(1);
      new TcpStack(nic, settings).close();
    } catch (IllegalArgumentException e) {
      accepted = false;
      Oracle.require(e.getMessage() != null && !e.getMessage().isEmpty(), "refused without a word");
    }
    if (accepted) {
      Oracle.require(
          gateway == null || isSpelt(ADDRESS, gateway), "accepts a gateway that is misspelt");
      for (String address : addresses) {
        Oracle.require(isSpelt(PREFIX, address), "accepts an address that is misspelt");
      }
    } else {
      Oracle.require(!isPlain(gateway, addresses), "refuses a sound address");
    }
  }

  private static boolean isSpelt(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      return false;
    }
    for (int octet = 1; octet <= 4; octet++) {
      if (Integer.parseInt(matcher.group(octet)) > 255) {
        return false;
      }
    }
    return true;
  }

  /** One private address with an ordinary prefix, neither network nor broadcast, and no gateway: nobody may refuse that. */
  private static boolean isPlain(String gateway, String[] addresses) {
    if (gateway != null || addresses.length != 1 || !isSpelt(PREFIX, addresses[0])) {
      return false;
    }
    Matcher matcher = PREFIX.matcher(addresses[0]);
    int bits = matcher.matches() ? Integer.parseInt(matcher.group(5)) : 0;
    int host = Integer.parseInt(matcher.group(4));
    return matcher.group(1).equals("10") && bits >= 8 && bits <= 24 && host != 0 && host != 255;
  }
}
