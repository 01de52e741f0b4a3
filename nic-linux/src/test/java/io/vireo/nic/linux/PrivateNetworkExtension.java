// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Behind {@link InPrivateNetwork}: takes the methods of a test over to the thread of its network. */
final class PrivateNetworkExtension
    implements BeforeEachCallback, AfterEachCallback, InvocationInterceptor, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(PrivateNetworkExtension.class);

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    network(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    network(context).close();
  }

  @Override
  public void interceptBeforeEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    network(context).run(invocation::proceed);
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    network(context).run(invocation::proceed);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    network(context).run(invocation::proceed);
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    network(context).run(invocation::proceed);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == PrivateNetwork.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return network(context);
  }

  private static PrivateNetwork network(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent("network", key -> make(), PrivateNetwork.class);
  }

  private static PrivateNetwork make() {
    try {
      return new PrivateNetwork();
    } catch (Exception e) {
      throw new AssertionError("no private network", e);
    }
  }
}
