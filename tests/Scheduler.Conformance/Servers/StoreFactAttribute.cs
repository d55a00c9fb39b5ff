using System.Reflection;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Scheduler.Conformance.Servers;

/// <summary>A fact that is skipped where the class that runs it (not the one that has it) needs what is missing.</summary>
[XunitTestCaseDiscoverer("Scheduler.Conformance.Servers.StoreFactDiscoverer", "Scheduler.Conformance")]
public sealed class StoreFactAttribute : FactAttribute;

public sealed class StoreFactDiscoverer(IMessageSink messages) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        [new StoreTestCase(messages, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod)];
}

public sealed class StoreTestCase : XunitTestCase
{
    [Obsolete("For the deserializer alone.")]
    public StoreTestCase()
    {
    }

    public StoreTestCase(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method) : base(messages, display, options, method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) =>
        base.GetSkipReason(factAttribute) ?? TestMethod.TestClass.Class.ToRuntimeType().GetCustomAttribute<NeedsAttribute>()?.Missing;
}

/// <summary>As <see cref="StoreFactAttribute"/>, for a theory.</summary>
[XunitTestCaseDiscoverer("Scheduler.Conformance.Servers.StoreTheoryDiscoverer", "Scheduler.Conformance")]
public sealed class StoreTheoryAttribute : TheoryAttribute;

public sealed class StoreTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute) =>
        testMethod.TestClass.Class.ToRuntimeType().GetCustomAttribute<NeedsAttribute>()?.Missing is { } missing
            ? CreateTestCasesForSkip(discoveryOptions, testMethod, theoryAttribute, missing)
            : base.Discover(discoveryOptions, testMethod, theoryAttribute);
}
