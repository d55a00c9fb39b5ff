using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Server.Demo;

/// <summary>
/// What the handler saw: one fixed-size record for each row, appended before the batch counts as done. What is written has been handed to
/// the operating system, so it outlives a kill -9 of this process (not a power cut; the proof needs no more). Each process writes a file
/// of its own: a tail that was torn by a kill stays behind in the old one.
/// </summary>
sealed class Ledger(string directory) : IDisposable
{
    readonly Lock gate = new();
    SafeFileHandle? file;
    long length;

    public void Append(int shard, long fencingToken, IReadOnlyList<OrderRow> rows)
    {
        var size = rows.Count * LedgerRecord.Size;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        for (var i = 0; i < rows.Count; i++) new LedgerRecord(shard, rows[i].Id, rows[i].UpdatedAt, fencingToken).Write(buffer.AsSpan(i * LedgerRecord.Size));
        lock (gate)
        {
            file ??= Create();
            RandomAccess.Write(file, buffer.AsSpan(0, size), length);
            length += size; // after a failed write the next one covers what it left
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public void Dispose() => file?.Dispose();

    SafeFileHandle Create()
    {
        Directory.CreateDirectory(directory);
        var number = Directory.EnumerateFiles(directory, "*.bin").Count() + 1;
        return File.OpenHandle(Path.Combine(directory, $"{number:D4}.bin"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    /// <summary>All records, in the order of writing. An incomplete record at the end of a file was never reported as done: it is passed over.</summary>
    public static IEnumerable<LedgerRecord> Read(string directory)
    {
        if (!Directory.Exists(directory)) yield break;
        var buffer = new byte[LedgerRecord.Size * 8192];
        foreach (var path in Directory.EnumerateFiles(directory, "*.bin").Order(StringComparer.Ordinal))
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            while (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) is var read and >= LedgerRecord.Size)
                for (var at = 0; at + LedgerRecord.Size <= read; at += LedgerRecord.Size) yield return LedgerRecord.Read(buffer.AsSpan(at));
        }
    }

    /// <summary>Records so far, complete or not.</summary>
    public static long Count(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.bin").Sum(path => new FileInfo(path).Length) / LedgerRecord.Size : 0;
}

/// <summary>That a row was seen.</summary>
/// <param name="Shard">The shard's number.</param>
/// <param name="Row">The row's id.</param>
/// <param name="Version">When the row had last changed: its version.</param>
/// <param name="FencingToken">The run that saw it.</param>
readonly record struct LedgerRecord(int Shard, long Row, long Version, long FencingToken)
{
    public const int Size = 4 + 8 + 8 + 8;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Shard);
        BinaryPrimitives.WriteInt64LittleEndian(to[4..], Row);
        BinaryPrimitives.WriteInt64LittleEndian(to[12..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(to[20..], FencingToken);
    }

    public static LedgerRecord Read(ReadOnlySpan<byte> from) =>
        new(BinaryPrimitives.ReadInt32LittleEndian(from), BinaryPrimitives.ReadInt64LittleEndian(from[4..]), BinaryPrimitives.ReadInt64LittleEndian(from[12..]), BinaryPrimitives.ReadInt64LittleEndian(from[20..]));
}
