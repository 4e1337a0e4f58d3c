using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Inputs that once broke readers give typed errors or usable data, soon and cheaply.</summary>
public class HostileInputTests(ITestOutputHelper output)
{
    [SharedTheory]
    [InlineData("fuzz-stream", false)]
    [InlineData("fuzz-file", true)]
    public void FuzzInputs_GiveTypedErrorsOrData(string folder, bool isFile)
    {
        string[] files = Directory.GetFiles(Path.Combine(Goldens.SharedRoot, "data", "arrow", folder));
        Assert.NotEmpty(files);
        var outcomes = new int[Enum.GetValues<Outcome>().Length];
        long allocatedMax = 0;
        foreach (string file in files)
        {
            byte[] bytes = File.ReadAllBytes(file);

            // Four indices take every way of reading.
            for (int index = 0; index < 4; index++)
            {
                Verdict verdict = HostileProbe.Judge(bytes, isFile, index);
                Assert.True(verdict.Failure is null, $"{Path.GetFileName(file)}: {verdict.Failure}");
                outcomes[(int)verdict.First!.Outcome]++;
                allocatedMax = Math.Max(allocatedMax, verdict.AllocatedMax);
            }
        }

        output.WriteLine(
            $"{folder}: {files.Length} inputs four times, {outcomes[0]} valid, {outcomes[1]} invalid, {outcomes[2]} not supported, at most "
                + $"{allocatedMax >> 10} KiB");
    }

    [Fact]
    public void AnnouncedGigabyte_CostsWhatArrives()
    {
        byte[] stream = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x40, 1, 2, 3];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Transport.ReadMemory(stream));
        Assert.Throws<InvalidDataException>(() => Transport.ReadStream(stream));
        Assert.Throws<InvalidDataException>(() => Transport.ReadAll(new ArrowStreamReader(new DribblingStream(stream))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L << 20);
    }
}
