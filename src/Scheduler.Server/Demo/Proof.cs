using System.Collections;
using Microsoft.Data.Sqlite;

namespace Scheduler.Server.Demo;

/// <summary>The ledger held against the tables.</summary>
/// <param name="Written">Rows that the tables hold.</param>
/// <param name="Seen">Rows of the tables that the ledger holds at least once.</param>
/// <param name="SeenAgain">Records of rows that the ledger held already.</param>
/// <param name="Unknown">Records of rows that no table holds.</param>
/// <param name="OutOfTurn">Records of a run that come after those of a later run of the same shard.</param>
sealed record Proof(long Written, long Seen, long SeenAgain, long Unknown, long OutOfTurn)
{
    public long Lost => Written - Seen;

    public bool Holds => Lost == 0 && Unknown == 0;

    public static Proof Of(DemoDirectory directory, DemoShape shape, CancellationToken cancellationToken)
    {
        var ids = new long[shape.Shards][];
        Parallel.For(0, shape.Databases, new() { CancellationToken = cancellationToken }, database => ReadIds(directory, shape, database, ids));

        var seen = Array.ConvertAll(ids, each => new BitArray(each.Length));
        var latest = new long[shape.Shards];
        long again = 0, unknown = 0, outOfTurn = 0, distinct = 0;
        foreach (var record in Ledger.Read(directory.Ledger))
        {
            var index = (uint)record.Shard < (uint)ids.Length ? Array.BinarySearch(ids[record.Shard], record.Row) : -1;
            if (index < 0)
            {
                unknown++;
                continue;
            }
            if (seen[record.Shard][index]) again++;
            else distinct++;
            seen[record.Shard][index] = true;
            if (record.FencingToken < latest[record.Shard]) outOfTurn++;
            latest[record.Shard] = Math.Max(latest[record.Shard], record.FencingToken);
        }
        return new(ids.Sum(each => (long)each.Length), distinct, again, unknown, outOfTurn);
    }

    static void ReadIds(DemoDirectory directory, DemoShape shape, int database, long[][] ids)
    {
        using var connection = new SqliteConnection($"Data Source={directory.Source(shape.Database(database))};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        for (var table = 0; table < shape.Tables; table++)
        {
            var found = new List<long>(shape.Rows);
            command.CommandText = $"SELECT id FROM {shape.Table(table)} ORDER BY id";
            using var reader = command.ExecuteReader();
            while (reader.Read()) found.Add(reader.GetInt64(0));
            ids[database * shape.Tables + table] = [.. found];
        }
    }
}
