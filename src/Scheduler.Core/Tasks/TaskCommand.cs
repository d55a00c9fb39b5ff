using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Executions;

namespace Scheduler.Tasks;

/// <summary>Everything that can happen to a task. It carries the time, so that deciding needs no clock.</summary>
/// <param name="Now">When it happens.</param>
[JsonDerivedType(typeof(Create), "create")]
[JsonDerivedType(typeof(Change), "change")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(Resume), "resume")]
[JsonDerivedType(typeof(Delete), "delete")]
[JsonDerivedType(typeof(Trigger), "trigger")]
[JsonDerivedType(typeof(Retry), "retry")]
[JsonDerivedType(typeof(Quarantine), "quarantine")]
[JsonDerivedType(typeof(Release), "release")]
[JsonDerivedType(typeof(Activated), "activated")]
[JsonDerivedType(typeof(Woken), "woken")]
[JsonDerivedType(typeof(ExecutionHeard), "executionHeard")]
public abstract record TaskCommand(DateTimeOffset Now)
{
    /// <summary>Somebody makes the task.</summary>
    public sealed record Create(DateTimeOffset Now, string Tenant, TaskDefinition Definition) : TaskCommand(Now)
    {
        /// <summary>When somebody did; null: now. What was said too long ago makes nothing: it may have been made, deleted and purged since.</summary>
        public DateTimeOffset? SaidAt { get; init; }
    }

    /// <summary>Somebody replaces its definition.</summary>
    public sealed record Change(DateTimeOffset Now, TaskDefinition Definition, long? IfRevision) : TaskCommand(Now);

    /// <summary>Somebody stops its schedule.</summary>
    public sealed record Pause(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Somebody starts its schedule again.</summary>
    public sealed record Resume(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Somebody deletes it.</summary>
    public sealed record Delete(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Somebody asks for an execution.</summary>
    public sealed record Trigger(DateTimeOffset Now, ExecutionId Execution, string? By, JsonElement? Parameters) : TaskCommand(Now)
    {
        /// <inheritdoc cref="Create.SaidAt"/>
        public DateTimeOffset? SaidAt { get; init; }

        /// <summary>
        /// The task's sequence number when it was found that there is no execution of this key yet; null where there is no key. Where more were
        /// made since, this one may be among them, ended and heard of already.
        /// </summary>
        public long? SeenSequence { get; init; }
    }

    /// <summary>Somebody asks for an execution in place of one that did not end well.</summary>
    public sealed record Retry(DateTimeOffset Now, ExecutionId Execution, string? By, ExecutionSeed Of) : TaskCommand(Now)
    {
        /// <summary>When somebody did; null: now. What was said too long ago makes nothing.</summary>
        public DateTimeOffset? SaidAt { get; init; }
    }

    /// <summary>Somebody wants a database not to be read.</summary>
    public sealed record Quarantine(DateTimeOffset Now, string Database) : TaskCommand(Now);

    /// <summary>Somebody lets a database be read again.</summary>
    public sealed record Release(DateTimeOffset Now, string Database) : TaskCommand(Now);

    /// <summary>A process has loaded it.</summary>
    public sealed record Activated(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>Its wake time has come.</summary>
    public sealed record Woken(DateTimeOffset Now) : TaskCommand(Now);

    /// <summary>An execution says where it stands.</summary>
    public sealed record ExecutionHeard(DateTimeOffset Now, ExecutionId Execution, ExecutionStatus Status) : TaskCommand(Now);
}

/// <summary>What follows from a decision about a task.</summary>
public abstract record TaskEffect
{
    /// <summary>Say to the execution that it is to be, and whether it may run.</summary>
    public sealed record TellExecution(ExecutionSeed Seed, bool Go) : TaskEffect
    {
        /// <summary>Whether it is said for the first time: nobody has made the execution yet.</summary>
        public bool IsNew { get; init; }
    }

    /// <summary>Ask the execution to stop.</summary>
    public sealed record CancelExecution(ExecutionId Execution, string Reason) : TaskEffect;

    /// <summary>See that the shards of the definition exist.</summary>
    public sealed record EnsureShards : TaskEffect;
}
