using System.Data.Common;
using Scheduler.Executions;
using Scheduler.Running;
using Scheduler.Running.Logs;
using Scheduler.Storage.Logs;
using Scheduler.Storage.Migrations;
using Scheduler.Storage.Rows;

namespace Scheduler.Storage;

public sealed partial class SchedulerStore
{
    static readonly long longestPortion = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <inheritdoc/>
    public async ValueTask MakeLogMonthAsync(LogMonth month, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var sql in SqlFile.OfMonth(dialect.Name, "schedule_log", month.ToString())) await ChangeAsync(sql, cancellationToken);
        }
        catch (DbException)
        {
            // PostgreSQL fails where another makes it at the same time, whatever "if not exists" says.
            if (!(await LogMonthsAsync(cancellationToken)).Contains(month)) throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LogMonth>> LogMonthsAsync(CancellationToken cancellationToken)
    {
        List<LogMonth> months = [];
        foreach (var table in await ReadAsync(dialect.LogTables, reader => reader.GetString(0), cancellationToken))
            if (LogMonth.TryParse(table[(table.LastIndexOf('_') + 1)..], out var month)) months.Add(month);
        return months;
    }

    /// <inheritdoc/>
    public async ValueTask DropLogMonthAsync(LogMonth month, CancellationToken cancellationToken) => await ChangeAsync($"DROP TABLE IF EXISTS {LogRows.TableOf(month)}", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WriteLogAsync(LogMonth month, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count == 0) return;
        await OnAsync(writers, async (session, stop) =>
        {
            await logWriter.WriteAsync(session, month, entries, stop);
            return entries.Count;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(LogMonth month, ExecutionId execution, LogFilter filter, LogPosition? after, int limit, CancellationToken cancellationToken)
    {
        List<(string, object?)> parameters = [("@execution", execution.Value)];
        if (after is { } last) parameters.AddRange([("@after", last.Sequence), ("@after_writer", last.Writer)]);
        if (filter.Level is { } level) parameters.Add(("@level", Codes.LogLevel.Of(level)));
        if (filter.Attempt is { } attempt) parameters.Add(("@attempt", attempt));
        if (filter.Database is { } database) parameters.Add(("@database", database));
        if (filter.Table is { } table) parameters.Add(("@table", table));
        if (filter.Search is { } search) parameters.Add(("@search", search));
        parameters.Add(("@limit", limit));
        try
        {
            return await ReadAsync(LogRows.Select(month, filter, after is not null, dialect.Contains), LogRows.Read, cancellationToken, [.. parameters]);
        }
        catch (DbException failure) when (dialect.IsMissingTable(failure))
        {
            return []; // its lines were too old to keep, or it has logged none yet
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset> RollUpAsync(DateTimeOffset before, CancellationToken cancellationToken) => await WritingAsync(() => OnAsync(writers, async (session, stop) =>
    {
        var from = (await session.QueryAsync(RollupSql.Mark, reader => reader.GetInt64(0), stop))[0];
        var to = Instants.Milliseconds(before);
        if (to <= from) return Instants.From(from, 0);
        var first = (await session.QueryAsync(RollupSql.FirstEnded, reader => reader.IsDBNull(0) ? (long?)null : reader.GetInt64(0), stop, ("@from", from)))[0];
        if (first is { } ended && ended < to) to = Math.Min(to, ended + longestPortion);

        // A failure on the way leaves the transaction to its connection, which is not used again.
        await session.ExecuteOnceAsync(dialect.Begin, stop);
        if (term is not null) await session.ExecuteOnceAsync(dialect.RequireEpoch(term.Epoch), stop);
        var isMine = await session.ExecuteAsync(RollupSql.MoveMark, stop, ("@from", from), ("@to", to)) == 1;
        if (isMine && first < to) await session.ExecuteAsync(queries.CountEnded, stop, ("@from", from), ("@to", to));
        await session.ExecuteOnceAsync("COMMIT", stop);
        return Instants.From(isMine ? to : from, 0); // another counts: who asks again sees how far
    }, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<HourTotals>> ReadStatsAsync(StatsFilter filter, CancellationToken cancellationToken)
    {
        List<(string, object?)> parameters = [("@tenant", filter.Tenant), ("@from", Instants.Milliseconds(filter.From)), ("@to", Instants.Milliseconds(filter.To))];
        if (filter.TaskName is not null) parameters.Add(("@task", filter.TaskName));
        return await ReadAsync(filter.TaskName is null ? queries.ReadStats : queries.ReadStatsOfTask, RollupSql.Read, cancellationToken, [.. parameters]);
    }

    /// <inheritdoc/>
    public async ValueTask<int> PurgeStatsAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        await ChangeAsync(RollupSql.Purge, cancellationToken, ("@before", Instants.Milliseconds(before)), ("@limit", limit));
}
