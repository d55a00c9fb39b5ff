using System.Data.Common;
using Scheduler.Storage.Dialects;

namespace Scheduler.Storage.Migrations;

/// <summary>The database is not one that this program may write to.</summary>
/// <param name="message">What was expected, and what the database has.</param>
public sealed class MigrationException(string message) : Exception(message);

/// <summary>Brings a database to what this program expects, one process at a time.</summary>
/// <param name="source">Where the database is.</param>
/// <param name="dialect">What it speaks.</param>
/// <param name="options">The bounds.</param>
/// <param name="record">The table that says what has been applied.</param>
sealed class Migrator(DbDataSource source, Dialect dialect, StoreOptions options, string record = "schedule_migration")
{
    sealed record Applied(int File, int Number, string Name, string Checksum);

    public async Task RunAsync(IReadOnlyList<SqlStatement> wanted, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        foreach (var sql in dialect.BeginMigration(options.MigrationTimeout)) await LockAsync(sql);
        try
        {
            // The first statement makes the table that records the others; it does nothing where that exists.
            await ExecuteAsync(wanted[0].Sql);
            var applied = await AppliedAsync();
            Check(wanted, applied);
            foreach (var statement in wanted.Skip(applied.Count)) await ApplyAsync(statement, isNext: ReferenceEquals(statement, wanted[applied.Count]));
            await ExecuteAsync(dialect.EndMigration);
        }
        catch
        {
            // The connection may be what failed; then its end is the migration's end.
            try { await ExecuteAsync(dialect.AbandonMigration); } catch (DbException) { }
            throw;
        }

        async Task ApplyAsync(SqlStatement statement, bool isNext)
        {
            try
            {
                if (statement != wanted[0]) await ExecuteAsync(statement.Sql);
            }
            catch (DbException failure) when (isNext && dialect.WasDone(failure))
            {
                // The start before this one was cut off between the statement and its record.
            }
            await ExecuteAsync($"INSERT INTO {record} (number, statement, name, checksum, applied_at) VALUES (@number, @statement, @name, @checksum, {dialect.Microseconds} / 1000)",
                ("@number", statement.File), ("@statement", statement.Number), ("@name", statement.Name), ("@checksum", statement.Checksum));
        }

        async Task<List<Applied>> AppliedAsync()
        {
            await using var command = Command($"SELECT number, statement, name, checksum FROM {record} ORDER BY number, statement");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var applied = new List<Applied>();
            while (await reader.ReadAsync(cancellationToken)) applied.Add(new((int)reader.GetInt64(0), (int)reader.GetInt64(1), reader.GetString(2), reader.GetString(3)));
            return applied;
        }

        async Task LockAsync(string sql)
        {
            await using var command = Command(sql);
            // GET_LOCK says 0 where it waited in vain; the others fail.
            if (await command.ExecuteScalarAsync(cancellationToken) is 0L or 0) throw new TimeoutException($"expected the lock on migrations within {options.MigrationTimeout}, another process has it");
        }

        async Task ExecuteAsync(string sql, params (string Name, object Value)[] parameters)
        {
            await using var command = Command(sql);
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        DbCommand Command(string sql)
        {
            var command = connection.CreateCommand();
            (command.CommandText, command.CommandTimeout) = (sql, Math.Max(1, (int)options.MigrationTimeout.TotalSeconds));
            return command;
        }
    }

    static void Check(IReadOnlyList<SqlStatement> wanted, IReadOnlyList<Applied> applied)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var has = applied[i];
            if (i >= wanted.Count || (wanted[i].File, wanted[i].Number) != (has.File, has.Number))
                throw new MigrationException($"expected a database of this program or an older one, statement {has.Number} of \"{has.Name}\" was applied to it, which this program does not have; run the newer program");
            if (wanted[i].Checksum != has.Checksum)
                throw new MigrationException($"expected statement {has.Number} of \"{has.Name}\" as it was applied ({has.Checksum}), this program has it otherwise ({wanted[i].Checksum}); applied files never change, add a new one");
        }
    }
}
