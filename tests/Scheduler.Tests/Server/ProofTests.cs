using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

public sealed class ProofTests : IAsyncLifetime, IDisposable
{
    static readonly DemoShape shape = new(2, 2, 10);

    readonly TemporaryDirectory temporary = new();
    List<LedgerRecord> whole = [];

    DemoDirectory Demo => new(temporary.In("demo"));

    public async Task InitializeAsync()
    {
        Demo.Hold().Dispose();
        await Sources.CreateAsync(Demo, shape, _ => { }, CancellationToken.None);
        // Ids ascend by at most four: these cover every table, and the proof says which of them there are.
        var all = Enumerable.Range(0, shape.Shards).SelectMany(shard => Enumerable.Range(1, 50).Select(id => new LedgerRecord(shard, id, 1)));
        whole = [.. all.Where(record => Prove([record]).Seen == 1)];
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
    public void A_row_that_no_table_holds_is_no_row() => Assert.Equal((2, false), (Prove([.. whole, new(0, 2000, 1), new(99, 1, 1)]).Unknown, Prove([.. whole, new(0, 2000, 1)]).Holds));

    [Fact]
    public void An_old_run_that_writes_behind_a_newer_one_is_out_of_turn() =>
        Assert.Equal(1, Prove([.. whole, whole[0] with { FencingToken = 2 }, whole[0]]).OutOfTurn);

    Proof Prove(IEnumerable<LedgerRecord> records)
    {
        if (Directory.Exists(Demo.Ledger)) Directory.Delete(Demo.Ledger, recursive: true);
        using (var ledger = new Ledger(Demo.Ledger))
            foreach (var record in records) ledger.Append(record.Shard, record.FencingToken, [new(record.Row, 0, "", 0)]);
        return Proof.Of(Demo, shape, CancellationToken.None);
    }
}
