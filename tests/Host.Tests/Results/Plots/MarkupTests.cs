using System.Text;
using Pipeline.Host.Results.Plots;
using Xunit;

namespace Pipeline.Host.Tests.Results.Plots;

public class MarkupTests
{
    [Theory]
    [InlineData("</title><script>alert(1)</script>", "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;")]
    [InlineData("plain, Ärger 2 µm 😀", "plain, Ärger 2 µm 😀")]
    [InlineData("tab\tand\nline", "tab\tand\nline")]
    public void Text_WhateverIsWritten_IsText(string text, string expected) => Assert.Equal(expected, Markup.Text(text));

    [Fact]
    public void Text_SignsThatMayNotBeShown_AreReplaced()
    {
        // Control signs, one that ends XML, one that turns the direction of writing, and the halves of a sign alone.
        foreach (char sign in (char[])['\0', '\u0001', '\u001b', '\u007f', '\u0085', '\ufffe', '\uffff', '\u202e', '\u2066', '\ud83d', '\ude00'])
        {
            Assert.Equal("a\uFFFDb", Markup.Text($"a{sign}b"));
        }
    }

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("exactly ten", 11, "exactly ten")]
    [InlineData("longer than ten", 10, "longer th…")]
    [InlineData("12345678😀1", 10, "12345678…")]
    public void Cut_LongText_KeepsWholeSigns(string text, int max, string expected) => Assert.Equal(expected, Markup.Cut(text, max));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(12, "1.2")]
    [InlineData(-3, "-.3")]
    [InlineData(40, "4")]
    [InlineData(-100, "-10")]
    [InlineData(7, ".7")]
    public void AppendTenths_Number_IsShort(int tenths, string expected)
    {
        var text = new StringBuilder();
        Markup.AppendTenths(text, tenths);
        Assert.Equal(expected, text.ToString());
    }
}
