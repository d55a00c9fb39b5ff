using System.Text;
using Scheduler.Cluster.Wire;

namespace Scheduler.Cluster.Tests;

/// <summary>What a client makes of the answers that it gets.</summary>
public sealed class CallTests
{
    /// <summary>A silo that always answers the same.</summary>
    sealed class Saying(string json) : ISiloCalls
    {
        readonly Envelope answer = Envelope.From(Encoding.UTF8.GetBytes(json), 0);

        public Task<Envelope> ReadAsync(Envelope call, CancellationToken cancellationToken) => Task.FromResult(answer);

        public Task<Envelope> ChangeAsync(Envelope call, CancellationToken cancellationToken) => Task.FromResult(answer);

        public IAsyncEnumerable<Envelope> RunAsync(Envelope call, CancellationToken cancellationToken) => WatchAsync(call, cancellationToken);

        public async IAsyncEnumerable<Envelope> WatchAsync(Envelope call, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return answer;
        }
    }

    [Theory]
    [InlineData("""{"value":{"status":"levitating"}}""")]
    [InlineData("""{"value":7}""")]
    [InlineData("not JSON")]
    public async Task An_answer_that_a_newer_silo_gave_and_this_client_does_not_know_is_no_exception_of_json(string json)
    {
        var client = new ClusterSchedulerClient(new Saying(json));
        await UnreadAsync(() => client.GetExecutionAsync("any"));
        await UnreadAsync(() => client.CancelExecutionAsync("any"));
        await UnreadAsync(() => client.CreateTaskAsync(new() { Name = "t", Handler = new() { Code = new() { Handler = "any" } } }));
        await UnreadAsync(async () =>
        {
            await foreach (var _ in client.WatchEventsAsync())
            {
            }
        });
    }

    static async Task UnreadAsync(Func<Task> call)
    {
        var unread = await Assert.ThrowsAsync<SchedulerException>(call);
        Assert.Equal(SchedulerErrorKind.Unavailable, unread.Kind);
        Assert.StartsWith("expected an answer that this client knows", unread.Message, StringComparison.Ordinal);
    }
}
