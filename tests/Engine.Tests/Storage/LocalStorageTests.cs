using System.Diagnostics;
using System.Net.Sockets;
using Pipeline.Engine.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Engine.Tests.Storage;

public sealed class LocalStorageTests(ITestOutputHelper output) : StorageContract, IDisposable
{
    protected override IStorage Storage { get; } = new LocalStorage();

    protected override string Root { get; } = Directory.CreateTempSubdirectory("storage").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    [Fact]
    public void List_Links_LeavesThemOut()
    {
        File.WriteAllBytes(At("b"), new byte[3]);
        Directory.CreateDirectory(At("a"));
        File.CreateSymbolicLink(At("c"), At("b"));
        Directory.CreateSymbolicLink(At("d"), At("a"));
        File.CreateSymbolicLink(At("e"), At("nowhere"));
        Assert.Equal(
            [(At("a"), true), (At("b"), false)], Storage.List(Root).Select(e => (e.Path, e.IsFolder)));
    }

    [Fact]
    public void Stamp_AnyFile_IsTheTimeTheClassLibraryTells()
    {
        File.WriteAllBytes(At("a"), new byte[5]);
        foreach (DateTime time in
            (DateTime[])[new(1975, 1, 2, 3, 4, 5, DateTimeKind.Utc), new DateTime(2040, 7, 8, 9, 10, 11, DateTimeKind.Utc).AddTicks(1234567)])
        {
            File.SetLastWriteTimeUtc(At("a"), time);
            Assert.Equal(new FileStamp(5, new FileInfo(At("a")).LastWriteTimeUtc.Ticks), Storage.Stamp(At("a")));
            Assert.Equal(Storage.Stamp(At("a")), Storage.List(Root)[0].Stamp);
        }
    }

    [Fact]
    public async Task SpecialFiles_AreNeitherListedNorOpened()
    {
        // A pipe without a writer would block whoever opens it, so every call has a time limit.
        if (OperatingSystem.IsWindows())
        {
            output.WriteLine("Skipped: Windows has no pipes in folders.");
            return;
        }

        using (Process made = Process.Start("mkfifo", At("pipe")))
        {
            await made.WaitForExitAsync();
            Assert.Equal(0, made.ExitCode);
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        File.CreateSymbolicLink(At("link"), At("pipe"));
        File.WriteAllBytes(At("file"), [1]);
        if (!OperatingSystem.IsLinux())
        {
            output.WriteLine("Skipped: only Linux tells pipes from files.");
            return;
        }

        Assert.Equal([At("file")], (await Soon(() => Storage.List(Root))).Select(entry => entry.Path));
        foreach (string path in (string[])[At("pipe"), At("link"), At("socket"), "/dev/zero"])
        {
            StageException refused = await Assert.ThrowsAsync<StageException>(() => Soon(() => Storage.OpenRead(path)));
            Assert.Contains("not a file", refused.Message, StringComparison.Ordinal);
            Assert.Null(await Soon(() => Storage.Stamp(path)));
        }
    }

    [Fact]
    public void Move_ToAnotherDevice_CopiesAndDeletes()
    {
        const string Memory = "/dev/shm";
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Memory))
        {
            output.WriteLine($"Skipped: no {Memory} here.");
            return;
        }

        string other = Path.Combine(Memory, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(other);
        try
        {
            byte[] bytes = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
            File.WriteAllBytes(At("a"), bytes);
            Storage.Move(At("a"), Path.Combine(other, "b"));
            Assert.False(File.Exists(At("a")));
            Assert.Equal([Path.Combine(other, "b")], Directory.GetFiles(other));
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(other, "b")));
            Assert.Null(Storage.NetworkFileSystem(other));
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void Write_NoSpaceOnTheDevice_IsMarkedAsFull()
    {
        const string Full = "/dev/full";
        if (!OperatingSystem.IsLinux() || !File.Exists(Full))
        {
            output.WriteLine($"Skipped: no {Full} here.");
            return;
        }

        // The temporary is a link to a device that is always full.
        File.CreateSymbolicLink(At("a.tmp"), Full);
        StageException refused = Assert.Throws<StageException>(() => Storage.Write(At("a"), s => s.Write(new byte[1 << 20])));
        Assert.True(refused.IsDiskFull, refused.Message);
        Assert.True(new StageException(FailureKind.Storage, "Something larger failed.", refused).IsDiskFull);
        Assert.Contains("Free some space", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Storage.List(Root));
    }

    private static async Task<T> Soon<T>(Func<T> call) => await Task.Run(call).WaitAsync(TimeSpan.FromSeconds(10));
}
