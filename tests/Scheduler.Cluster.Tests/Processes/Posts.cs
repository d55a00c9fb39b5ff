using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Scheduler.Tests.Handlers;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>A batch of rows that a silo processed: it was posted here.</summary>
/// <param name="At">When, as <see cref="TimeProvider.GetTimestamp"/> of the system counts.</param>
/// <param name="Silo">Which silo.</param>
/// <param name="Execution">In which round.</param>
/// <param name="Shard">Of which table.</param>
/// <param name="Token">In which run.</param>
/// <param name="Rows">The rows' keys.</param>
sealed record Post(long At, string Silo, string Execution, string Shard, long Token, long[] Rows);

/// <summary>Takes the batches of all silos, and tells who processed what.</summary>
sealed class Posts : IAsyncDisposable
{
    /// <summary>The header that names the silo, and the secret that is its value, another in each silo.</summary>
    public const string Header = "X-Silo", Secret = "silo";

    readonly ConcurrentQueue<Post> posts = [];
    Receiver receiver = null!;

    /// <summary>How long a batch takes.</summary>
    public TimeSpan Take { get; set; }

    public string Url => receiver.Url;

    public int Count => posts.Count;

    /// <summary>All so far, in the order of their arrival.</summary>
    public IEnumerable<Post> All => posts;

    public static async Task<Posts> StartAsync()
    {
        var started = new Posts();
        started.receiver = await Receiver.StartAsync(started.Keep);
        return started;
    }

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    IResult Keep(Arrived batch)
    {
        posts.Enqueue(new(TimeProvider.System.GetTimestamp(), batch.Headers[Header], batch.Text("execution"), $"{batch.Text("database")}.{batch.Text("table")}",
            batch.Json.GetProperty("fencingToken").GetInt64(), [.. batch.Rows.Select(row => row.GetProperty("id").GetInt64())]));
        receiver?.Arrived.TryDequeue(out _); // its keys are enough
        return new Taken(Take);
    }

    /// <summary>Answers after a while.</summary>
    sealed class Taken(TimeSpan after) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            if (after > TimeSpan.Zero) await Task.Delay(after, httpContext.RequestAborted);
            httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }
}
