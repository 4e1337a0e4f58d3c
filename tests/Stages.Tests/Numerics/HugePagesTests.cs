using System.Globalization;
using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.Numerics;

public sealed class HugePagesTests
{
    [Fact]
    public void Advise_LargeArray_IsMarkedForHugePages()
    {
        if (!File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"))
        {
            return;
        }

        double[] values = GC.AllocateUninitializedArray<double>(4 << 20, pinned: true);
        Assert.Same(values, HugePages.Advise(values));

        nint middle = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(values, values.Length / 2);
        Assert.Contains(" hg", FlagsOf((ulong)middle), StringComparison.Ordinal);
    }

    [Fact]
    public void Matrix_LargeAfterUse_IsZero()
    {
        var matrix = new Matrix(1024, 2048);

        Assert.Equal(-1, matrix.Values.IndexOfAnyExcept(0));
    }

    /// <summary>What the kernel says of the memory that holds an address.</summary>
    private static string FlagsOf(ulong address)
    {
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] ends = line.Split(' ')[0].Split('-');
            if (ends.Length == 2 && ulong.TryParse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong first))
            {
                isInside = first <= address && address < ulong.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }

            if (isInside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return "";
    }
}
