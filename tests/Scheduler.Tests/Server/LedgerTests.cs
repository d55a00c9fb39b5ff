using Scheduler.Server.Demo;

namespace Scheduler.Tests.Server;

public sealed class LedgerTests : IDisposable
{
    readonly TemporaryDirectory temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void What_is_appended_is_read_in_its_order()
    {
        using (var ledger = new Ledger(temporary.Path))
        {
            ledger.Append(3, 7, [Row(1), Row(long.MaxValue)]);
            ledger.Append(4031, 8, [Row(-5)]);
        }
        Assert.Equal([new(3, 1, 17, 7), new(3, long.MaxValue, 17, 7), new(4031, -5, 17, 8)], Ledger.Read(temporary.Path));
    }

    [Fact]
    public void A_torn_tail_is_passed_over_and_the_next_process_writes_behind_it()
    {
        Append(1, 2, 99);
        using (var killed = File.Open(Directory.EnumerateFiles(temporary.Path).Single(), FileMode.Open)) killed.SetLength(killed.Length - 3);
        Append(3);
        Assert.Equal([1, 2, 3], Ledger.Read(temporary.Path).Select(record => record.Row));
    }

    [Fact]
    public void More_than_a_buffer_is_read()
    {
        var rows = Enumerable.Range(0, 20_001).Select(id => Row(id)).ToList();
        using (var ledger = new Ledger(temporary.Path)) ledger.Append(0, 1, rows);
        Assert.Equal(rows.Select(row => row.Id), Ledger.Read(temporary.Path).Select(record => record.Row));
    }

    [Fact]
    public void Batches_of_many_threads_are_whole()
    {
        using (var ledger = new Ledger(temporary.Path)) Parallel.For(0, 200, shard => ledger.Append(shard, shard, [Row(shard), Row(shard), Row(shard)]));
        var records = Ledger.Read(temporary.Path).ToList();
        Assert.Equal(600, records.Count);
        Assert.All(records.Chunk(3), batch => Assert.Single(batch.Distinct()));
    }

    [Fact]
    public void Nothing_is_there_before_the_first_row() => Assert.Empty(Ledger.Read(temporary.In("absent")));

    void Append(params long[] ids)
    {
        using var ledger = new Ledger(temporary.Path);
        ledger.Append(0, 1, [.. ids.Select(Row)]);
    }

    static OrderRow Row(long id) => new(id, 0, "", 17);
}
