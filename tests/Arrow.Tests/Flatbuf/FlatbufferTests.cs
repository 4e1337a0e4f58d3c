using Apache.Arrow.Flatbuf;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Arrow.Tests.Flatbuf;

/// <summary>The flatbuffer reader reads what the builder builds, and survives what nobody built.</summary>
public class FlatbufferTests
{
    [Fact]
    public void Table_ReadsAsBuilt()
    {
        byte[] bytes = Build();
        FlatTable table = FlatTable.Root(bytes);
        Assert.Equal(200, table.GetByte(0));
        Assert.True(table.GetBool(1));
        Assert.Equal(-300, table.GetInt16(2));
        Assert.Equal(-70_000, table.GetInt32(3));
        Assert.Equal(long.MinValue, table.GetInt64(4));
        Assert.Equal("grün"u8, table.GetUtf8(5, out bool isPresent));
        Assert.True(isPresent);
        Assert.True(table.TryGetTable(6, out FlatTable inner));
        Assert.Equal(7, inner.GetInt32(0));
        FlatVector structs = table.GetVector(7, 16);
        Assert.Equal((2, 1L, 2L, 3L, 4L), (structs.Count, structs.Int64(0, 0), structs.Int64(0, 8), structs.Int64(1, 0), structs.Int64(1, 8)));
        FlatVector tables = table.GetVector(8, 4);
        Assert.Equal((2, 7, 7), (tables.Count, tables.Table(0).GetInt32(0), tables.Table(1).GetInt32(0)));
    }

    [Fact]
    public void AbsentMembers_HaveDefaults()
    {
        var builder = new FlatBuilder();
        builder.StartTable();
        builder.AddInt32(3, 5);
        FlatTable table = FlatTable.Root(builder.Finish(builder.EndTable()));
        Assert.Equal((0, 0, 0L, 5, 0L), (table.GetByte(0), table.GetInt16(1), table.GetInt64(2), table.GetInt32(3), table.GetInt64(99)));
        Assert.Equal(0, table.GetVector(4, 16).Count);
        Assert.False(table.TryGetTable(5, out _));
        Assert.True(table.GetUtf8(6, out bool isPresent).IsEmpty);
        Assert.False(isPresent);
    }

    [Fact]
    public void Buffer_IsAMultipleOfEightBytes() => Assert.Equal(0, Build().Length % 8);

    [Fact]
    public void LargeBuffer_Grows()
    {
        var builder = new FlatBuilder();
        string text = new('x', 100_000);
        int reference = builder.CreateString(text);
        builder.StartTable();
        builder.AddReference(0, reference);
        Assert.Equal(text.Length, FlatTable.Root(builder.Finish(builder.EndTable())).GetUtf8(0, out _).Length);
    }

    [Fact]
    public void Truncation_IsNoticed()
    {
        byte[] bytes = Build();
        for (int length = 0; length < bytes.Length; length++)
        {
            Walk(bytes[..length]);
        }
    }

    [Fact]
    public void AnyByte_MayBeWrong()
    {
        var random = new Pcg64(20);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = Build();
            bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            Walk(bytes);
        }
    }

    /// <summary>Reads everything; damage may only show as InvalidDataException.</summary>
    private static void Walk(byte[] bytes)
    {
        try
        {
            FlatTable table = FlatTable.Root(bytes);
            _ = table.GetInt16(2) + table.GetInt32(3) + table.GetInt64(4) + table.GetUtf8(5, out _).Length;
            _ = table.TryGetTable(6, out FlatTable inner) ? inner.GetInt32(0) : 0;
            FlatVector structs = table.GetVector(7, 16);
            for (int i = 0; i < structs.Count; i++)
            {
                _ = structs.Int64(i, 8);
            }

            FlatVector tables = table.GetVector(8, 4);
            for (int i = 0; i < tables.Count; i++)
            {
                _ = tables.Table(i).GetInt32(0);
            }
        }
        catch (InvalidDataException)
        {
            // Damage that was noticed is what the tests look for.
        }
    }

    private static byte[] Build()
    {
        var builder = new FlatBuilder();
        builder.StartTable();
        builder.AddInt32(0, 7);
        int inner = builder.EndTable();
        int text = builder.CreateString("grün");
        int structs = builder.CreateStructs([1, 2, 3, 4], 2);
        int tables = builder.CreateVector([inner, inner]);
        builder.StartTable();
        builder.AddByte(0, 200);
        builder.AddBool(1, true);
        builder.AddInt16(2, -300);
        builder.AddInt32(3, -70_000);
        builder.AddInt64(4, long.MinValue);
        builder.AddReference(5, text);
        builder.AddReference(6, inner);
        builder.AddReference(7, structs);
        builder.AddReference(8, tables);
        return builder.Finish(builder.EndTable()).ToArray();
    }
}
