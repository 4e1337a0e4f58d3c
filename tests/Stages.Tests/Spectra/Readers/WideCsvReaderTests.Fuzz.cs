using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra.Readers;

public sealed partial class WideCsvReaderTests
{
    private const string FuzzSeedText =
        "# made by hand\nsample_id;protein;group;\"1100,5 nm\";1102;1104\n\"A\";10,5;g1;0,1;0,2;0,3\n"
        + "B;;\"g\"\"2\";0,4;0,5;-6e-1\nC;n.d.;g2;0,4;0,55;0,6\n";

    // Aim: whatever the bytes, reading ends with a chunk or a StageException; anything else escapes and fails here.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_MutatedFile_SucceedsOrFailsCleanly(ulong seed)
    {
        var random = new Pcg64(seed);
        int succeeded = 0;
        for (int round = 0; round < 7000; round++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(round % 2 == 0 ? FuzzSeedText : Plain);
            int mutations = 1 + random.NextInt(4);
            for (int k = 0; k < mutations; k++)
            {
                bytes = Mutate(bytes, random);
            }

            try
            {
                var reading = WideCsvReader.Read(new MemoryStream(bytes), new WideCsvOptions { ColumnsMax = 100 });
                Assert.True(reading.Report.ToText().Length > 0);
                Assert.All(reading.Chunk.X.Values.ToArray(), v => Assert.True(double.IsFinite(v)));
                succeeded++;
            }
            catch (StageException exception)
            {
                // The expected failure; its message must say something.
                Assert.True(exception.Message.Length > 20, $"seed {seed}, round {round}");
            }
        }

        Assert.InRange(succeeded, 300, 6900);
    }

    private static byte[] Mutate(byte[] bytes, Pcg64 random)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        int at = random.NextInt(bytes.Length);
        int length = Math.Min(bytes.Length - at, 1 + random.NextInt(20));
        byte letter = random.NextInt(3) == 0 ? (byte)random.NextInt(256) : "\",;\n\r\t.-#e0"u8[random.NextInt(11)];
        switch (random.NextInt(6))
        {
            case 0:
                return bytes[..at];
            case 1:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                return bytes;
            case 2:
                return [.. bytes[..at], letter, .. bytes[at..]];
            case 3:
                string[] lines = Encoding.Latin1.GetString(bytes).Split('\n');
                string line = lines[random.NextInt(lines.Length)];
                return Encoding.Latin1.GetBytes(string.Join('\n', lines.Append(line)));
            case 4:
                int separator = bytes.AsSpan(at).IndexOfAny((byte)';', (byte)',', (byte)'\n');
                return separator < 0 ? bytes : [.. bytes[..(at + separator)], .. bytes[(at + separator + 1)..]];
            default:
                return [.. bytes[..(at + length)], .. bytes[at..]];
        }
    }
}
