// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.api.CongestionAlgorithm;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.efvi.EfviNic;
import io.vireo.nic.efvi.EfviSettings;
import io.vireo.nic.lab.RecordingNic;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import io.vireo.nic.xdp.XdpNic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that all commands share: which NIC, and who we are on it. */
final class NetworkOptions {
  private static final String TAP = "tap:";
  private static final String XDP = "xdp:";
  private static final String EFVI = "efvi:";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--nic",
      required = true,
      paramLabel = "NIC",
      description =
          "The NIC: tap:NAME, a Linux TAP device, made if there is none of this name; xdp:NAME[:QUEUE], an interface by AF_XDP; efvi:NAME, a port of a Solarflare card by ef_vi.")
  private String nic;

  @Option(
      names = "--host",
      paramLabel = "A/P",
      description = "Gives the kernel's side of the TAP this address and brings it up.")
  private String host;

  @Option(
      names = "--address",
      paramLabel = "A/P",
      description =
          "Our own address and its prefix length, as in 10.77.0.2/24. May be repeated. Without it, xdp and efvi share the addresses of the kernel, and with it take the whole queue or port.")
  private List<String> addresses = List.of();

  @Option(names = "--gateway", paramLabel = "G", description = "The router on the link.")
  private String gateway;

  @Option(names = "--pcap", paramLabel = "FILE", description = "Records all frames (pcapng).")
  private Path pcap;

  @Option(
      names = "--idle",
      converter = IdleMode.Converter.class,
      paramLabel = "spin|park",
      defaultValue = "park",
      description = "While nothing happens: poll on, or sleep after some 100 us (default).")
  private IdleMode idle;

  @Option(
      names = "--cc",
      converter = CongestionName.class,
      paramLabel = "cubic|newreno|none",
      defaultValue = "cubic",
      description = "The congestion control.")
  private CongestionAlgorithm congestion;

  IdleMode idle() {
    return idle;
  }

  /** What is running where, for people. */
  String addressAndNic() {
    return addresses.isEmpty() ? nic : addresses.get(0).replaceFirst("/.*", "") + " on " + nic;
  }

  StackSettings stackSettings() {
    return addresses.isEmpty()
        ? StackSettings.ofInterface()
        : StackSettings.of(addresses.toArray(String[]::new)).withGateway(gateway);
  }

  /** The defaults with what the options say about connections. */
  TcpSettings tcpSettings() {
    return TcpSettings.defaults().withCongestionAlgorithm(congestion);
  }

  /** A fault of the user's in what the options say: exit status 2. */
  ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Opens the NIC; recorded if asked for. IOException: one sentence that names the device. */
  Nic openNic() throws IOException {
    checkAddresses();
    Nic opened = openUnrecorded();
    if (pcap == null) {
      return opened;
    }
    try {
      return new RecordingNic(opened, pcap);
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  /** What can be seen before anything is opened; what is no address at all, is refused by those who use it. */
  private void checkAddresses() {
    if (!isTap() && !nic.startsWith(XDP) && !nic.startsWith(EFVI)) {
      throw refuse("--nic " + nic + ": there are tap:NAME, xdp:NAME[:QUEUE] and efvi:NAME");
    }
    if (isTap() && addresses.isEmpty()) {
      throw refuse("--nic " + nic + " needs --address A/P");
    }
    if (!isTap() && host != null) {
      throw refuse("--host is for TAP devices: " + nic + " has its addresses already");
    }
    if (addresses.isEmpty() && gateway != null) {
      throw refuse("--gateway needs --address: without it the kernel's routes are used");
    }
    List<Subnet> ours =
        addresses.stream().map(Subnet::parse).filter(Objects::nonNull).toList();
    Subnet kernel = host == null ? null : Subnet.parse(host);
    if (kernel != null && ours.stream().anyMatch(own -> own.address() == kernel.address())) {
      throw refuse("--host " + host + " is also --address: the kernel's side needs another one");
    }
    if (kernel != null
        && !ours.isEmpty()
        && gateway == null
        && ours.stream().noneMatch(own -> own.reaches(kernel.address()))) {
      throw refuse("--host " + host + " is not on the link of --address "
          + String.join(", ", addresses) + ": neither would reach the other");
    }
    Integer router = gateway == null ? null : Subnet.parseAddress(gateway);
    if (router != null && ours.stream().anyMatch(own -> own.address() == router)) {
      throw refuse("--gateway " + gateway + " is our own address");
    }
    if (router != null && ours.stream().noneMatch(own -> own.reaches(router))) {
      throw refuse("--gateway " + gateway + " is not on the link of --address "
          + String.join(", ", addresses));
    }
  }

  private Nic openUnrecorded() throws IOException {
    try {
      if (isTap()) {
        return TapNic.open(nic.substring(TAP.length()));
      }
      return nic.startsWith(XDP) ? openXdp() : openEfvi();
    } catch (IllegalArgumentException e) {
      throw refuse("--nic: " + e.getMessage());
    }
  }

  private Nic openXdp() throws IOException {
    String name = nic.substring(XDP.length());
    int queue = 0;
    int colon = name.lastIndexOf(':');
    if (colon >= 0 && name.substring(colon + 1).matches("[0-9]{1,4}")) {
      queue = Integer.parseInt(name.substring(colon + 1));
      name = name.substring(0, colon);
    }
    return addresses.isEmpty() ? XdpNic.open(name, queue) : XdpNic.openQueue(name, queue);
  }

  private Nic openEfvi() throws IOException {
    String name = nic.substring(EFVI.length());
    return addresses.isEmpty()
        ? EfviNic.open(name)
        : EfviNic.openPort(name, EfviSettings.defaults());
  }

  private boolean isTap() {
    return nic.startsWith(TAP);
  }

  /** Gives the kernel's side its address, if asked for. */
  void setUpHost() throws IOException {
    if (host != null) {
      String name = nic.substring(TAP.length());
      try {
        TapHost.address(name, host);
      } catch (IllegalArgumentException e) {
        throw refuse("--host: " + e.getMessage());
      }
      TapHost.up(name);
    }
  }
}
