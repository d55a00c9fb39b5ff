using System.Data.Common;

namespace Scheduler.Storage.Sessions;

/// <summary>
/// Reads of single rows from a server. Those that come while others are under way share a round trip: it is the trip that costs, not the row. A silo
/// that loads thousands of entities reads them so. Each is answered, and fails, by itself; where the connection fails, all that it carried do.
/// </summary>
sealed class ReadTrips(SessionPool pool)
{
    /// <summary>Round trips at a time, and reads in one.</summary>
    const int Lanes = 4, Most = 64;

    /// <summary>Nobody waits longer for a trip that is not his: its connection may be one that nothing comes back on.</summary>
    static readonly TimeSpan Slow = TimeSpan.FromSeconds(0.5);

    readonly Lock gate = new();
    readonly Queue<Read> waiting = [];
    int lanes;

    /// <summary>The first row; null: there is none.</summary>
    public Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> row, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) where T : class
    {
        var read = new Read<T>(sql, parameters, row, cancellationToken);
        lock (gate)
        {
            waiting.Enqueue(read);
            if (lanes == Lanes) return read.Answer;
            lanes++;
        }
        // Not where the caller's turns run, nor with the context of whoever asks first: it goes on for the others.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(TravelAsync, CancellationToken.None);
        return read.Answer;
    }

    async Task TravelAsync()
    {
        while (true)
        {
            List<Read> reads = [];
            lock (gate)
            {
                while (reads.Count < Most && waiting.TryDequeue(out var read))
                    if (!read.Stop.IsCancellationRequested) reads.Add(read);
                if (reads.Count == 0)
                {
                    lanes--;
                    return;
                }
            }
            try
            {
                await TravelAsync(reads).WaitAsync(Slow);
            }
            catch (TimeoutException)
            {
                // It goes on beside the others.
            }
        }
    }

    async Task TravelAsync(List<Read> reads)
    {
        using var unwanted = new CancellationTokenSource();
        var wanted = reads.Count;
        CancellationTokenRegistration[] stops = [.. reads.Select(read => read.Stop.UnsafeRegister(_ =>
        {
            if (Interlocked.Decrement(ref wanted) == 0) unwanted.Cancel();
        }, null))];
        try
        {
            await DriverCalls.RunAsync(stop => AskAsync(reads, stop), unwanted.Token);
        }
        catch (Exception failure)
        {
            foreach (var read in reads) read.Fail(failure); // those that have been answered stay so
        }
        finally
        {
            foreach (var each in stops) await each.DisposeAsync();
        }
    }

    async Task<bool> AskAsync(List<Read> reads, CancellationToken stop)
    {
        await using var session = await pool.RentAsync(stop);
        try
        {
            await using var batch = session.Connection.CreateBatch();
            batch.Timeout = pool.CommandTimeoutSeconds;
            foreach (var read in reads) read.AddTo(batch);
            await using var reader = await batch.ExecuteReaderAsync(stop);
            foreach (var read in reads)
            {
                read.Take(await reader.ReadAsync(stop) ? reader : null);
                await reader.NextResultAsync(stop);
            }
            return true;
        }
        catch
        {
            session.Distrust();
            throw;
        }
    }

    abstract class Read(string sql, (string Name, object? Value)[] parameters, CancellationToken stop)
    {
        public CancellationToken Stop => stop;

        public void AddTo(DbBatch batch)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters) command.Parameters.Add(command.CreateParameter(), name, value);
            batch.BatchCommands.Add(command);
        }

        /// <summary>The reader at the row; null: there is none.</summary>
        public abstract void Take(DbDataReader? found);

        public abstract void Fail(Exception failure);
    }

    sealed class Read<T>(string sql, (string Name, object? Value)[] parameters, Func<DbDataReader, T> row, CancellationToken stop) : Read(sql, parameters, stop) where T : class
    {
        readonly TaskCompletionSource<T?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T?> Answer => answer.Task.WaitAsync(Stop);

        public override void Take(DbDataReader? found)
        {
            try
            {
                answer.TrySetResult(found is null ? null : row(found));
            }
            catch (Exception unreadable)
            {
                answer.TrySetException(unreadable); // its neighbours can be read
            }
        }

        public override void Fail(Exception failure) => answer.TrySetException(failure);
    }
}
