// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** One thread, one stack. */
class ThreadRulesTest {
  private final TwoStacks net = new TwoStacks();

  /** Runs on a thread of that name to the end, and returns what it threw, or null. */
  private static Throwable on(String name, Runnable action) {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread = new Thread(
        () -> {
          try {
            action.run();
          } catch (RuntimeException | Error e) {
            thrown.set(e);
          }
        },
        name);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return thrown.get();
  }

  // APP-08
  @Test
  void anotherThreadIsRefusedByNameEverywhere() {
    TcpServer<Void> server = net.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runUntil(() -> watched.events.contains("established"));
    Map<String, Runnable> calls = new TreeMap<>();
    calls.put("poll", net.left::poll);
    calls.put("poll(handler)", () -> client.poll(watched));
    calls.put("await", () -> net.left.await(1));
    calls.put("nowNs", net.left::nowNs);
    calls.put("release", net.left::release);
    calls.put("close", net.left::close);
    calls.put("endpoint close", client::close);
    calls.put("connection", () -> client.connection(c.id()));
    calls.put("connectionCount", client::connectionCount);
    calls.put("available", client::available);
    calls.put("forEach", () -> client.forEach(any -> {}));
    calls.put("setTimer", () -> client.setTimer(0, 1));
    calls.put("connect", () -> client.connect(SERVER, null));
    calls.put("listen", () -> server.listen(99));
    calls.put("unlisten", () -> server.unlisten(TwoStacks.PORT));
    calls.put("new endpoint", () -> net.client(watched));
    calls.put("send", () -> c.send(bytes("x"), 0, 1));
    calls.put("send more", () -> c.send(bytes("x"), 0, 1, true));
    calls.put("send several", () -> c.send(new ByteBuffer[] {bytes("x")}, 0, 1));
    calls.put("claim", () -> c.claim(1));
    calls.put("sendMemory", c::sendMemory);
    calls.put("commit", () -> c.commit(0));
    calls.put("setNagle", () -> c.setNagle(true));
    calls.put("flush", c::flush);
    calls.put("sendable", c::sendable);
    calls.put("immediatelySendable", c::immediatelySendable);
    calls.put("pause", c::pause);
    calls.put("resume", c::resume);
    calls.put("sendFin", c::sendFin);
    calls.put("abort", c::abort);
    calls.put("setUserTimer", () -> c.setUserTimer(0, 1));
    List<String> wrong = new ArrayList<>();
    String owner = Thread.currentThread().getName();
    calls.forEach((name, call) -> {
      Throwable thrown = on("intruder", call);
      if (!(thrown instanceof IllegalStateException)
          || !thrown.getMessage().contains("intruder")
          || !thrown.getMessage().contains(owner)) {
        wrong.add(name + ": " + thrown);
      }
    });
    assertEquals(List.of(), wrong);
    assertEquals(List.of("established"), watched.events);
    assertEquals(1, client.connectionCount());
  }

  // CON-05
  @Test
  void countersAndWakeupAreForAnyThread() {
    net.left.poll();
    assertEquals(null, on("other", net.left::wakeup));
    assertEquals(null, on("other", () -> net.left.counter(Counter.FRAMES_SENT)));
  }

  @Test
  void beforeTheFirstPollAnyThreadMayUseIt() {
    assertEquals(null, on("first", () -> net.client(new Watched<Void>()).connect(SERVER, null)));
    assertEquals(null, on("second", net.left::nowNs));
    assertEquals(null, on("third", net.left::poll));
  }

  @Test
  void aStackOfAThreadThatHasEndedIsFree() {
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    assertEquals(null, on("first", () -> {
      client.connect(SERVER, null);
      net.left.poll();
    }));
    assertEquals(1, client.connectionCount());
    assertEquals(null, on("second", net.left::poll));
    net.left.close();
    assertEquals(List.of("closed SHUT_DOWN"), watched.events);
  }

  @Test
  void releaseHandsItOverWithEveryConnection() {
    TcpServer<Void> server = net.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    net.left.release();
    net.right.release();
    assertEquals(null, on("second", () -> {
      net.runFor(TwoStacks.MS);
      assertEquals(2, c.send(bytes("hi"), 0, 2));
      c.sendFin();
      net.runUntil(watched::anyEnded);
      net.left.release();
      net.right.release();
    }));
    assertEquals(List.of("established", "fin", "closed CLOSED"), watched.events);
    net.left.poll();
    assertTrue(on("second", net.left::poll) instanceof IllegalStateException);
  }

  @Test
  void aPollThatIsRefusedDoesNotTakeTheStack() {
    net.left.close();
    assertTrue(on("other", net.left::poll) instanceof IllegalStateException);
    net.left.close();
    assertThrows(IllegalStateException.class, net.left::poll);
  }
}
