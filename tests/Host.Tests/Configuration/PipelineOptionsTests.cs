using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

public class PipelineOptionsTests
{
    [Fact]
    public void Read_Values_AreTaken()
    {
        PipelineOptions options = Read(("Pipeline:Memory", "1.5 GiB"), ("Pipeline:Threads", "3"));
        Assert.Equal(1536L << 20, options.MemoryBytes);
        Assert.Equal(3, options.Threads);
    }

    [Fact]
    public void Read_Auto_IsTheDefault() =>
        Assert.Equal(PipelineOptions.Default, Read(("Pipeline:Memory", "auto"), ("Pipeline:Threads", "auto")));

    [Theory]
    [InlineData("Pipeline:Memroy", "1 GiB", "Did you mean 'Memory'?")]
    [InlineData("Pipeline:Memory", "much", "'much'")]
    [InlineData("Pipeline:Memory", "1 MiB", "16 MiB")]
    [InlineData("Pipeline:Threads", "-2", "'-2'")]
    public void Read_WrongValue_NamesKeyValueAndRemedy(string key, string value, string mention)
    {
        StageException refused = Assert.Throws<StageException>(() => Read((key, value)));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
    }

    private static PipelineOptions Read(params (string Key, string Value)[] settings) => PipelineOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build());
}
