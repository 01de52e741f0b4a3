// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.lab.RecordingNic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The frames of a test, recorded and then read by tshark: a referee who knows nothing of Vireo. A test that has failed leaves its
 * recordings in target/recordings.
 */
final class Recordings implements BeforeEachCallback, AfterEachCallback {
  private static final Path DIRECTORY = Path.of("target", "recordings");

  private final String us;
  private final Map<Path, Boolean> files = new LinkedHashMap<>();
  private String test;

  /** Of what a {@link TapServer} has. */
  Recordings() {
    this(TapServer.ADDRESS);
  }

  /** Of NICs whose stack has this address. */
  Recordings(String us) {
    this.us = us;
  }

  /** Records what passes a NIC over a network that neither loses nor reorders. */
  UnaryOperator<Nic> clean() {
    return nic -> record(nic, true);
  }

  /** Records what passes a NIC whose network, or whose peers, do everything: what we send must be well-formed all the same. */
  UnaryOperator<Nic> impaired() {
    return nic -> record(nic, false);
  }

  private Nic record(Nic nic, boolean clean) {
    Path file = DIRECTORY.resolve(test + "-" + files.size() + ".pcapng");
    try {
      files.put(file, clean);
      return new RecordingNic(nic, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Files.createDirectories(DIRECTORY);
    test = context.getRequiredTestClass().getSimpleName() + "-"
        + context.getRequiredTestMethod().getName();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (context.getExecutionException().isPresent()) {
      return;
    }
    for (Map.Entry<Path, Boolean> file : files.entrySet()) {
      Tshark tshark = Tshark.read(file.getKey(), us);
      List<String> faults = file.getValue() ? tshark.faults() : tshark.malformations();
      assertTrue(faults.isEmpty(), () -> file.getKey() + ":\n" + String.join("\n", faults));
      if (file.getValue()) {
        assertNull(tshark.silence());
      }
      Files.delete(file.getKey());
    }
  }
}
