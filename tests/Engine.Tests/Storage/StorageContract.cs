using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Engine.Tests.Storage;

/// <summary>What every storage must do.</summary>
public abstract class StorageContract
{
    protected abstract IStorage Storage { get; }

    protected abstract string Root { get; }

    [Fact]
    public void Write_ThatFailsHalfway_LeavesTheEarlierFileAndNothingElse()
    {
        Storage.Write(At("a"), s => s.Write("one"u8));
        Assert.Throws<StageException>(() => Storage.Write(At("a"), s =>
        {
            s.Write("two"u8);
            throw new IOException("full");
        }));
        Assert.Equal("one", Text("a"));
        Assert.Equal([At("a")], Storage.List(Root).Select(e => e.Path));
    }

    [Fact]
    public void Write_ContentThatFailsByItself_PassesUnchanged()
    {
        Storage.Write(At("a"), s => s.Write("one"u8));
        foreach (Exception defect in (Exception[])[new ArgumentException("wrong"), new NotSupportedException(), new InvalidOperationException()])
        {
            Assert.Same(defect, Assert.ThrowsAny<Exception>(() => Storage.Write(At("a"), _ => throw defect)));
        }

        Assert.Equal(
            FailureKind.Storage,
            Assert.Throws<StageException>(() => Storage.Write(At("a"), _ => throw new UnauthorizedAccessException())).Kind);
        Assert.Equal("one", Text("a"));
        Assert.Single(Storage.List(Root));
    }

    [Fact]
    public void CopyIn_Bytes_GivesTheirDigest()
    {
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        CopiedBytes copied = Storage.CopyIn(new MemoryStream(bytes), At("a.tmp"), bytes.Length, default);
        Assert.Equal(new CopiedBytes(Fingerprint.OfBytes(bytes), bytes.Length), copied);
        Storage.CreateFolder(At("x/y"));
        Storage.Move(At("a.tmp"), At("x/y/a"));
        Assert.Equal(bytes, StoredFiles.Bytes(Storage, At("x/y/a")));
        Assert.Equal(bytes.Length, Storage.Stamp(At("x/y/a"))!.Value.LengthBytes);
        Assert.Null(Storage.Stamp(At("a.tmp")));
        Storage.Delete(At("x/y/a"));
        Assert.Null(Storage.Stamp(At("x/y/a")));
        Storage.Delete(At("x/y/a"));
    }

    [Fact]
    public void CopyIn_MoreThanTheLimit_IsRefusedAndLeavesNothing()
    {
        StageException refused = Assert.Throws<StageException>(
            () => Storage.CopyIn(new MemoryStream(new byte[9]), At("a.tmp"), 8, default));
        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.Null(Storage.Stamp(At("a.tmp")));
    }

    [Fact]
    public void CopyIn_Cancelled_LeavesNothing()
    {
        Assert.Throws<OperationCanceledException>(
            () => Storage.CopyIn(new MemoryStream(new byte[9]), At("a.tmp"), 9, new CancellationToken(canceled: true)));
        Assert.Empty(Storage.List(Root));
    }

    [Fact]
    public void Move_OverAnotherFile_ReplacesIt()
    {
        Storage.Write(At("a"), s => s.Write("one"u8));
        Storage.Write(At("b"), s => s.Write("other"u8));
        Storage.Move(At("a"), At("b"));
        Assert.Equal("one", Text("b"));
        Assert.Equal([At("b")], Storage.List(Root).Select(e => e.Path));
    }

    [Fact]
    public void MoveFolder_OntoAnother_IsRefusedAndBothStay()
    {
        Storage.CreateFolder(At("x"));
        Storage.Write(At("x/a"), s => s.Write("one"u8));
        Storage.CreateFolder(At("y"));
        Storage.Write(At("y/b"), s => s.Write("two"u8));
        Assert.Equal(FailureKind.Storage, Assert.Throws<StageException>(() => Storage.MoveFolder(At("x"), At("y"))).Kind);
        Assert.Equal(("one", "two"), (Text("x/a"), Text("y/b")));
        Storage.MoveFolder(At("x"), At("y/z"));
        Assert.Equal("one", Text("y/z/a"));
        Assert.False(Storage.FolderExists(At("x")));
    }

    [Fact]
    public void DeleteFolder_WithContents_RemovesAllAndNothingTwice()
    {
        Storage.CreateFolder(At("x/y"));
        Storage.Write(At("x/y/a"), s => s.Write("one"u8));
        Storage.DeleteFolder(At("x"));
        Storage.DeleteFolder(At("x"));
        Assert.Empty(Storage.List(Root));
    }

    [Fact]
    public void List_FilesAndFolders_AreInOrdinalOrderWithTheirStamps()
    {
        Storage.Write(At("b"), s => s.Write("abc"u8));
        Storage.CreateFolder(At("a"));
        Storage.Write(At("B"), s => s.Write("x"u8));
        IReadOnlyList<StoredEntry> entries = Storage.List(Root);
        Assert.Equal([(At("B"), false), (At("a"), true), (At("b"), false)], entries.Select(e => (e.Path, e.IsFolder)));
        Assert.Equal(Storage.Stamp(At("b")), entries[2].Stamp);
        Assert.Equal(3, entries[2].Stamp.LengthBytes);
        Assert.Null(Storage.Stamp(At("a")));
    }

    [Fact]
    public void AnyFailure_NamesPathAndReason()
    {
        Action[] actions =
        [
            () => Storage.OpenRead(At("no")), () => Storage.List(At("no")), () => Storage.Move(At("no"), At("other")),
            () => Storage.Write(At("no/such/folder"), s => s.Write("x"u8)), () => Storage.MoveFolder(At("no"), At("other")),
        ];
        foreach (Action action in actions)
        {
            StageException refused = Assert.Throws<StageException>(action);
            Assert.Equal(FailureKind.Storage, refused.Kind);
            Assert.False(refused.IsDiskFull);
            Assert.Contains(At("no"), refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lock_TakenTwice_IsRefusedUntilReleased()
    {
        using (Storage.Lock(At("lock")))
        {
            Assert.Throws<StageException>(() => Storage.Lock(At("lock")));
        }

        Storage.Lock(At("lock")).Dispose();
        Assert.True(Storage.FreeBytes(Root) > 0);
    }

    [Fact]
    public void NetworkFileSystem_ThisDisk_IsNone()
    {
        Assert.Null(Storage.NetworkFileSystem(Root));
        Assert.Null(Storage.NetworkFileSystem(At("not/there/yet")));
    }

    protected string At(string name) => Path.Combine(Root, name);

    protected string Text(string name) => StoredFiles.Text(Storage, At(name));
}
