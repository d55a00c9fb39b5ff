using System.Collections;
using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>The ledger held against the tables.</summary>
/// <param name="Written">Rows that the tables hold.</param>
/// <param name="Seen">Rows of the tables that the ledger holds at least once, as they are now.</param>
/// <param name="SeenAgain">Records of rows that the ledger held already in the same version.</param>
/// <param name="Unknown">Records of rows that no table holds.</param>
/// <param name="OutOfTurn">Records of a run that come after those of a later run of the same shard.</param>
sealed record Proof(long Written, long Seen, long SeenAgain, long Unknown, long OutOfTurn)
{
    public long Lost => Written - Seen;

    public bool Holds => Lost == 0 && Unknown == 0;

    public static Proof Of(DemoDirectory directory, DemoShape shape, CancellationToken cancellationToken)
    {
        var (ids, versions) = (new long[shape.Shards][], new long[shape.Shards][]);
        Parallel.For(0, shape.Databases, new() { CancellationToken = cancellationToken }, database => Read(directory, shape, database, ids, versions));

        var seen = Array.ConvertAll(ids, each => new BitArray(each.Length));
        var latest = new long[shape.Shards];
        HashSet<(int Shard, long Row, long Version)> replaced = []; // versions that were seen and then changed
        long again = 0, unknown = 0, outOfTurn = 0, distinct = 0;
        foreach (var record in Ledger.Read(directory.Ledger))
        {
            var index = (uint)record.Shard < (uint)ids.Length ? Array.BinarySearch(ids[record.Shard], record.Row) : -1;
            if (index < 0)
            {
                unknown++;
                continue;
            }
            if (record.Version != versions[record.Shard][index])
            {
                if (!replaced.Add((record.Shard, record.Row, record.Version))) again++;
            }
            else if (seen[record.Shard][index]) again++;
            else
            {
                seen[record.Shard][index] = true;
                distinct++;
            }
            if (record.FencingToken < latest[record.Shard]) outOfTurn++;
            latest[record.Shard] = Math.Max(latest[record.Shard], record.FencingToken);
        }
        return new(ids.Sum(each => (long)each.Length), distinct, again, unknown, outOfTurn);
    }

    static void Read(DemoDirectory directory, DemoShape shape, int database, long[][] ids, long[][] versions)
    {
        using var connection = new SqliteConnection($"Data Source={directory.Source(shape.Database(database))};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        for (var table = 0; table < shape.Tables; table++)
        {
            var (found, changed) = (new List<long>(shape.Rows), new List<long>(shape.Rows));
            command.CommandText = $"SELECT id, updated_at FROM {shape.Table(table)} ORDER BY id";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                found.Add(reader.GetInt64(0));
                changed.Add(reader.GetInt64(1));
            }
            var shard = database * shape.Tables + table;
            (ids[shard], versions[shard]) = ([.. found], [.. changed]);
        }
    }
}
