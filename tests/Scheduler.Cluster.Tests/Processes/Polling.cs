namespace Scheduler.Cluster.Tests.Processes;

/// <summary>The task that polls the tables, round after round, and posts what it reads.</summary>
static class Polling
{
    public static TaskDefinition Of(Tables tables, Posts posts, int pageSize) => new()
    {
        Name = FaultTests.Orders,
        Schedule = new() { Every = TimeSpan.FromSeconds(1) }, // one round after another: an occurrence during a round is skipped
        Handler = new()
        {
            SqlPolling = new()
            {
                Connection = "shop",
                Shards = tables.Shards,
                KeyColumn = "id",
                Columns = ["id"],
                PageSize = pageSize,
                Post = new() { Url = posts.Url, Headers = new Dictionary<string, string> { [Posts.Header] = $"{{secret:{Posts.Secret}}}" } },
            },
        },
    };
}
