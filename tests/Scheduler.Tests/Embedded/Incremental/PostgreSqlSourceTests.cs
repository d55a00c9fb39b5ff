using System.Data.Common;
using Npgsql;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded.Incremental;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PostgreSqlSourceTests(PostgresServer server) : SourceTests
{
    string connectionString = "";

    protected override (string, string, string, string, string) Types => ("bigint", "text", "uuid", "timestamptz", "timestamp(0)");

    protected override string Now => "now()";

    protected override DbConnection Connect() => new NpgsqlConnection(connectionString);

    protected override object Native(DateTimeOffset time, bool seconds = false) => seconds ? DateTime.SpecifyKind(time.UtcDateTime, DateTimeKind.Unspecified) : time.UtcDateTime;

    protected override string Epoch(int perSecond) => $"CAST(extract(epoch FROM now()) * {perSecond} AS bigint)";

    // A zone of its own: a column without one is written and read in the session's.
    public override async Task InitializeAsync() => connectionString = await server.SchemaAsync() + ";Timezone=Asia/Shanghai";

    public override Task DisposeAsync() => Task.CompletedTask;

    [StoreFact]
    public async Task A_time_column_of_another_type_is_refused_by_name()
    {
        await CreateAsync(time: "bigint");
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"updated_at\": expected a timestamp, got a column of type bigint", (await rounds.ShardAsync()).Error);
    }
}
