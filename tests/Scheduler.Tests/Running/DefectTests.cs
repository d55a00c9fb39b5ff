using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Client;
using Scheduler.Running;
using Scheduler.Storage;
using Scheduler.Tasks;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Running;

/// <summary>A decision that fails is the scheduler's own fault: nobody is told to ask again.</summary>
public sealed class DefectTests : IDisposable
{
    readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_decision_that_fails_is_told_as_a_defect_and_the_task_goes_on()
    {
        await using var store = await SchedulerStore.OpenSqliteAsync(directory.In("scheduler.db"));
        await using var services = new ServiceCollection().AddTaskHandler("echo", (context, _) => Task.FromResult<object?>(context.Parameters)).BuildServiceProvider();
        var limits = new NodeLimits { Time = TimeProvider.System };
        var own = Deciders.Of(limits);
        var node = new Node(new()
        {
            Id = "n",
            Store = store,
            Handlers = new HandlerCatalog(services, services.GetServices<HandlerRegistration>()),
            Background = new Pool(),
            Random = new Seeded(),
            Limits = limits,
            Logs = NullLoggerFactory.Instance,
            Deciders = own with { Task = (state, command) => command is TaskCommand.Pause ? throw new ArgumentOutOfRangeException(nameof(command), "un-representable DateTime") : own.Task(state, command) },
        });
        var client = new DirectClient(() => node);
        await client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } } });

        var defect = await Assert.ThrowsAsync<DefectException>(() => client.PauseTaskAsync("t"));

        Assert.StartsWith("a decision failed: ", defect.Message, StringComparison.Ordinal);
        Assert.IsType<ArgumentOutOfRangeException>(defect.InnerException);
        Assert.Equal(7, (await client.UpdateTaskAsync("t", new() { Name = "t", Handler = new() { Code = new() { Handler = "echo" } }, Priority = 7 })).Definition.Priority);
        ((LocalRouter)node.Router).AbandonAll("the test ends");
    }
}
