using System.Text;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Xunit;

namespace Pipeline.Engine.Tests.Storage;

public sealed class LocalStorageTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("storage").FullName;
    private readonly LocalStorage _storage = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Write_ThatFailsHalfway_LeavesTheEarlierFile()
    {
        _storage.Write(At("a"), s => s.Write("one"u8));
        Assert.Throws<StageException>(() => _storage.Write(At("a"), s =>
        {
            s.Write("two"u8);
            throw new IOException("full");
        }));
        Assert.Equal("one", File.ReadAllText(At("a")));
    }

    [Fact]
    public void Write_ContentThatFailsByItself_PassesUnchanged()
    {
        _storage.Write(At("a"), s => s.Write("one"u8));
        foreach (Exception defect in (Exception[])[new ArgumentException("wrong"), new NotSupportedException(), new InvalidOperationException()])
        {
            Assert.Same(defect, Assert.ThrowsAny<Exception>(() => _storage.Write(At("a"), _ => throw defect)));
        }

        Assert.Equal(
            FailureKind.Storage,
            Assert.Throws<StageException>(() => _storage.Write(At("a"), _ => throw new UnauthorizedAccessException())).Kind);
        Assert.Equal("one", File.ReadAllText(At("a")));
    }

    [Fact]
    public void CopyIn_Bytes_GivesTheirDigest()
    {
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        CopiedBytes copied = _storage.CopyIn(new MemoryStream(bytes), At("a.tmp"), bytes.Length, default);
        Assert.Equal(new CopiedBytes(Fingerprint.OfBytes(bytes), bytes.Length), copied);
        _storage.CreateFolder(At("x/y"));
        _storage.Move(At("a.tmp"), At("x/y/a"));
        Assert.Equal(bytes, File.ReadAllBytes(At("x/y/a")));
        Assert.Equal(bytes.Length, _storage.Stamp(At("x/y/a"))!.Value.LengthBytes);
        _storage.Delete(At("x/y/a"));
        Assert.Null(_storage.Stamp(At("x/y/a")));
    }

    [Fact]
    public void CopyIn_MoreThanTheLimit_IsRefusedAndLeavesNothing()
    {
        StageException refused = Assert.Throws<StageException>(
            () => _storage.CopyIn(new MemoryStream(new byte[9]), At("a.tmp"), 8, default));
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.False(File.Exists(At("a.tmp")));
    }

    [Fact]
    public void List_LinksAndFolders_LeavesLinksOut()
    {
        File.WriteAllBytes(At("b"), new byte[3]);
        Directory.CreateDirectory(At("a"));
        File.CreateSymbolicLink(At("c"), At("b"));
        Assert.Equal(
            [(At("a"), true), (At("b"), false)], _storage.List(_root).Select(e => (e.Path, e.IsFolder)));
    }

    [Fact]
    public void AnyFailure_NamesPathAndReason()
    {
        Action[] actions =
        [
            () => _storage.OpenRead(At("no")), () => _storage.List(At("no")), () => _storage.Move(At("no"), At("other")),
            () => _storage.Write(At("no/such/folder"), s => s.Write(Encoding.UTF8.GetBytes("x"))),
        ];
        foreach (Action action in actions)
        {
            StageException refused = Assert.Throws<StageException>(action);
            Assert.Equal(FailureKind.Storage, refused.Kind);
            Assert.Contains(At("no"), refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lock_TakenTwice_IsRefusedUntilReleased()
    {
        using (_storage.Lock(At("lock")))
        {
            Assert.Throws<StageException>(() => _storage.Lock(At("lock")));
        }

        _storage.Lock(At("lock")).Dispose();
        Assert.True(_storage.FreeBytes(_root) > 0);
    }

    private string At(string name) => Path.Combine(_root, name);
}
