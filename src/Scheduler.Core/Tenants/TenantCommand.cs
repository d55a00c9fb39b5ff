using System.Text.Json.Serialization;
using Scheduler.Executions;

namespace Scheduler.Tenants;

/// <summary>Everything that can happen to a tenant. It carries the time, so that deciding needs no clock.</summary>
/// <param name="Now">When it happens.</param>
[JsonDerivedType(typeof(Activated), "activated")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(Resume), "resume")]
[JsonDerivedType(typeof(SetLimit), "setLimit")]
[JsonDerivedType(typeof(Ask), "ask")]
[JsonDerivedType(typeof(Leave), "leave")]
public abstract record TenantCommand(DateTimeOffset Now)
{
    /// <summary>A process has loaded it.</summary>
    public sealed record Activated(DateTimeOffset Now) : TenantCommand(Now);

    /// <summary>Somebody stops all schedules of the tenant.</summary>
    public sealed record Pause(DateTimeOffset Now) : TenantCommand(Now);

    /// <summary>Somebody lets them go on.</summary>
    public sealed record Resume(DateTimeOffset Now) : TenantCommand(Now);

    /// <summary>Somebody says how many executions may run at once; null: any number.</summary>
    public sealed record SetLimit(DateTimeOffset Now, int? Limit) : TenantCommand(Now);

    /// <summary>An execution asks whether it may run. It asks again and again until it has heard.</summary>
    public sealed record Ask(DateTimeOffset Now, ExecutionId Execution, string? Key, int? KeyLimit, int Priority) : TenantCommand(Now);

    /// <summary>An execution has ended, or waits no more.</summary>
    public sealed record Leave(DateTimeOffset Now, ExecutionId Execution) : TenantCommand(Now);
}

/// <summary>What follows from a decision about a tenant.</summary>
public abstract record TenantEffect
{
    /// <summary>Tell the execution that it may run. One that has ended answers that it leaves.</summary>
    public sealed record Admit(ExecutionId Execution) : TenantEffect;
}
