using Microsoft.Data.Sqlite;
using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

public sealed class ProofTests : IAsyncLifetime, IDisposable
{
    static readonly DemoShape shape = new(2, 2, 10);

    readonly TemporaryDirectory temporary = new();
    readonly List<LedgerRecord> whole = [];

    DemoDirectory Demo => new(temporary.In("demo"));

    public async Task InitializeAsync()
    {
        Demo.Hold().Dispose();
        await Sources.CreateAsync(Demo, shape, _ => { }, CancellationToken.None);
        for (var shard = 0; shard < shape.Shards; shard++)
        {
            using var connection = new SqliteConnection($"Data Source={Demo.Source(shape.Database(shard / shape.Tables))};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT id, updated_at FROM {shape.Table(shard % shape.Tables)}";
            using var reader = command.ExecuteReader();
            while (reader.Read()) whole.Add(new(shard, reader.GetInt64(0), reader.GetInt64(1), 1));
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_whole_ledger_holds() => Assert.Equal(new Proof(40, 40, 0, 0, 0), Prove(whole));

    [Fact]
    public void A_missing_row_is_lost() => Assert.Equal((1, false), (Prove(whole[1..]).Lost, Prove(whole[1..]).Holds));

    [Fact]
    public void A_row_seen_twice_counts_once() => Assert.Equal(new Proof(40, 40, 1, 0, 0), Prove([.. whole, whole[0]]));

    [Fact]
    public void A_row_that_was_seen_in_an_older_version_alone_is_lost() =>
        Assert.Equal(new Proof(40, 39, 0, 0, 0), Prove([whole[0] with { Version = 1 }, .. whole[1..]]));

    [Fact]
    public void Versions_of_a_row_are_no_repetition_of_each_other() =>
        Assert.Equal(new Proof(40, 40, 1, 0, 0), Prove([whole[0] with { Version = 1 }, whole[0] with { Version = 2 }, whole[0] with { Version = 2 }, .. whole]));

    [Fact]
    public void A_row_that_no_table_holds_is_no_row() => Assert.Equal((2, false), (Prove([.. whole, new(0, 2000, 1, 1), new(99, 1, 1, 1)]).Unknown, Prove([.. whole, new(0, 2000, 1, 1)]).Holds));

    [Fact]
    public void An_old_run_that_writes_behind_a_newer_one_is_out_of_turn() =>
        Assert.Equal(1, Prove([.. whole, whole[0] with { FencingToken = 2 }, whole[0]]).OutOfTurn);

    Proof Prove(IEnumerable<LedgerRecord> records)
    {
        if (Directory.Exists(Demo.Ledger)) Directory.Delete(Demo.Ledger, recursive: true);
        using (var ledger = new Ledger(Demo.Ledger))
            foreach (var record in records) ledger.Append(record.Shard, record.FencingToken, [new(record.Row, 0, "", record.Version)]);
        return Proof.Of(Demo, shape, CancellationToken.None);
    }
}
