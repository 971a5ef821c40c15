import { Context } from "../../src/iam";
import { conditionHolds } from "../../src/iam/condition";

/**
 * Examples after
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const CASES: ReadonlyArray<
  readonly [
    operator: string,
    key: string,
    wanted: readonly string[],
    request: Record<string, string | readonly string[]>,
    string,
  ]
> = [
  ["StringEquals", "aws:username", ["john"], { "aws:username": "john" }, "yes"],
  ["StringEquals", "aws:username", ["john"], { "aws:username": "John" }, "no"],
  ["StringEquals", "AWS:UserName", ["john"], { "aws:username": "john" }, "yes"],
  ["StringEquals", "aws:username", ["jo*"], { "aws:username": "john" }, "no"],
  ["StringEquals", "aws:username", ["jane", "john"], { "aws:username": "john" }, "yes"],
  ["StringEquals", "aws:username", ["john"], {}, "no"],
  ["stringequals", "aws:username", ["john"], { "aws:username": "john" }, "yes"],
  ["StringNotEquals", "aws:username", ["john"], {}, "yes"],
  ["StringNotEquals", "aws:username", ["jane", "john"], { "aws:username": "john" }, "no"],
  ["StringNotEquals", "aws:username", ["jane", "john"], { "aws:username": "jim" }, "yes"],
  ["StringEqualsIgnoreCase", "aws:username", ["john"], { "aws:username": "John" }, "yes"],
  ["StringNotEqualsIgnoreCase", "aws:username", ["john"], { "aws:username": "JOHN" }, "no"],
  ["StringLike", "aws:username", ["j?h*"], { "aws:username": "johnny" }, "yes"],
  ["StringLike", "aws:username", ["J*"], { "aws:username": "johnny" }, "no"],
  ["StringNotLike", "aws:username", ["j*"], { "aws:username": "johnny" }, "no"],
  [
    "StringLike",
    "s3:prefix",
    ["home/$" + "{aws:username}/*"],
    { "s3:prefix": "home/john/a", "aws:username": "john" },
    "yes",
  ],
  [
    "StringLike",
    "s3:prefix",
    ["home/$" + "{aws:username}/*"],
    { "s3:prefix": "home/jane/a", "aws:username": "*" },
    "no",
  ],
  ["StringLike", "s3:prefix", ["home/$" + "{aws:username}/*"], { "s3:prefix": "home/john/a" }, "no"],
  ["StringLike", "s3:prefix", ["$" + "{aws:PrincipalTag/team, 'all'}/*"], { "s3:prefix": "all/a" }, "yes"],
  ["StringLike", "s3:prefix", ["a$" + "{*}"], { "s3:prefix": "a*" }, "yes"],
  ["StringLike", "s3:prefix", ["a$" + "{*}"], { "s3:prefix": "ab" }, "no"],
  ["NumericLessThanEquals", "s3:max-keys", ["10"], { "s3:max-keys": "10" }, "yes"],
  ["NumericLessThan", "s3:max-keys", ["10"], { "s3:max-keys": "10" }, "no"],
  ["NumericGreaterThan", "s3:max-keys", ["9"], { "s3:max-keys": "10" }, "yes"],
  ["NumericEquals", "s3:max-keys", ["10"], { "s3:max-keys": "1e1" }, "yes"],
  ["NumericNotEquals", "s3:max-keys", ["10"], {}, "yes"],
  ["NumericEquals", "s3:max-keys", ["ten"], { "s3:max-keys": "ten" }, "no"],
  [
    "DateGreaterThan",
    "aws:CurrentTime",
    ["2020-04-01T00:00:00Z"],
    { "aws:CurrentTime": "2020-05-01T00:00:00Z" },
    "yes",
  ],
  ["DateLessThan", "aws:CurrentTime", ["2020-06-30T23:59:59Z"], { "aws:CurrentTime": "2020-07-01T00:00:00Z" }, "no"],
  ["DateLessThan", "aws:EpochTime", ["2020-06-30T23:59:59Z"], { "aws:EpochTime": "1577836800" }, "yes"],
  ["Bool", "aws:SecureTransport", ["true"], { "aws:SecureTransport": "true" }, "yes"],
  ["Bool", "aws:SecureTransport", ["false"], {}, "no"],
  ["BoolIfExists", "aws:SecureTransport", ["false"], {}, "yes"],
  ["BinaryEquals", "key", ["QmluYXJ5"], { key: "QmluYXJ5" }, "yes"],
  ["IpAddress", "aws:SourceIp", ["203.0.113.0/24"], { "aws:SourceIp": "203.0.113.7" }, "yes"],
  ["IpAddress", "aws:SourceIp", ["203.0.113.0/24"], { "aws:SourceIp": "203.0.114.7" }, "no"],
  ["IpAddress", "aws:SourceIp", ["203.0.113.7"], { "aws:SourceIp": "203.0.113.7" }, "yes"],
  ["IpAddress", "aws:SourceIp", ["2001:db8:1234:5678::/64"], { "aws:SourceIp": "2001:db8:1234:5678::1" }, "yes"],
  ["IpAddress", "aws:SourceIp", ["::/0"], { "aws:SourceIp": "203.0.113.7" }, "no"],
  ["NotIpAddress", "aws:SourceIp", ["203.0.113.0/24"], { "aws:SourceIp": "203.0.113.7" }, "no"],
  ["NotIpAddress", "aws:SourceIp", ["203.0.113.0/24"], {}, "yes"],
  [
    "ArnEquals",
    "aws:SourceArn",
    ["arn:aws:sns:*:1:topic"],
    { "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic" },
    "yes",
  ],
  ["ArnLike", "aws:SourceArn", ["arn:aws:sns*topic"], { "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic" }, "no"],
  ["ArnLike", "aws:SourceArn", ["arn:*:*:*:*:*"], { "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic" }, "yes"],
  ["ArnNotLike", "aws:SourceArn", ["arn:aws:sns:*:1:*"], { "aws:SourceArn": "arn:aws:sns:us-east-1:1:topic" }, "no"],
  ["Null", "aws:TokenIssueTime", ["true"], {}, "yes"],
  ["Null", "aws:TokenIssueTime", ["false"], {}, "no"],
  ["Null", "aws:TokenIssueTime", ["false"], { "aws:TokenIssueTime": "x" }, "yes"],
  ["StringLikeIfExists", "ec2:InstanceType", ["t1.*"], {}, "yes"],
  ["StringLikeIfExists", "ec2:InstanceType", ["t1.*"], { "ec2:InstanceType": "m3" }, "no"],
  ["ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["a", "b"], { "dynamodb:LeadingKeys": ["a"] }, "yes"],
  ["ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["a"], { "dynamodb:LeadingKeys": ["a", "c"] }, "no"],
  ["ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["a"], {}, "yes"],
  ["ForAllValues:StringNotEquals", "aws:TagKeys", ["a"], { "aws:TagKeys": ["b", "c"] }, "yes"],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["a"], { "aws:TagKeys": ["a", "c"] }, "yes"],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["a"], {}, "no"],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"], {}, "no"],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"], { "aws:TagKeys": ["a", "c"] }, "yes"],
  ["ForAnyValue:StringEqualsIfExists", "aws:TagKeys", ["a"], {}, "no"],
  ["StringAlmostEquals", "aws:username", ["john"], { "aws:username": "john" }, "unknown"],
  ["constructor", "aws:username", ["john"], { "aws:username": "john" }, "unknown"],
];

describe("a condition", () => {
  test.each(CASES)("%s of %s with %j, asked with %j: %s", (operator, key, values, request, answer) => {
    expect(conditionHolds({ operator, key, values }, "2012-10-17", new Context(request, true))).toBe(answer);
  });

  test.each(["StringEquals", "StringNotEquals", "Null", "ForAllValues:StringLike", "IpAddressIfExists"])(
    "%s on a key of which nothing is known: nobody can tell",
    (operator) => {
      const condition = { operator, key: "aws:username", values: ["true"] };
      expect(conditionHolds(condition, "2012-10-17", new Context({}, false))).toBe("unknown");
    },
  );

  test("of a policy of 2008 takes a variable for text", () => {
    const condition = { operator: "StringEquals", key: "s3:prefix", values: ["$" + "{aws:username}"] };
    const context = new Context({ "s3:prefix": "$" + "{aws:username}", "aws:username": "john" }, true);
    expect(conditionHolds(condition, "2008-10-17", context)).toBe("yes");
    expect(conditionHolds(condition, "2012-10-17", context)).toBe("no");
  });
});
